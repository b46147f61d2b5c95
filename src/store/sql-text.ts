import { LabelwiseError } from '../errors.js';
import { IMAGE_COLUMNS } from './image-table-schema.js';

/** A quoted text or name, whole; its own quote stands in it doubled. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`/y;
/** What would make the quote after it begin a text of other rules, in which a quote may be written otherwise. */
const PREFIX = /(?:^|[^\w$])(?:[a-z]|u&|rb|br)$/i;

/** LanceDB reads "width" as a text, as MySQL does: `"width" > 1000` would be true or false for all rows alike. */
const COLUMN_NAMES = new Set(IMAGE_COLUMNS);

/**
 * Refuses what is not one condition by itself, so that it can stand in parentheses beside others: LanceDB parses up to a closing
 * parenthesis too many and lets the rest go.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`
 */
export function refuseLooseCondition(sql: string): void {
  const fail = (what: string): never => {
    throw new LabelwiseError('INVALID_ARGUMENT', `The filter ${JSON.stringify(sql)} cannot be used: ${what}.`, {
      hint: "Write one condition, such as: width > 1000 AND (camera LIKE 'NIKON%' OR camera IS NULL).",
    });
  };
  if (sql.trim() === '') fail('it is empty');
  let depth = 0;
  for (let i = 0; i < sql.length; i++) {
    const character = sql[i] as string;
    if (/['"`]/.test(character)) {
      if (PREFIX.test(sql.slice(0, i))) fail(`the quote ${character} follows a letter`);
      QUOTED.lastIndex = i;
      if (!QUOTED.test(sql)) fail(`the quote ${character} is never closed`);
      const quoted = sql.slice(i + 1, QUOTED.lastIndex - 1);
      if (character === '"' && COLUMN_NAMES.has(quoted.toLowerCase()))
        fail(`"${quoted}" in double quotes is a text, not the column; write ${quoted}, or '${quoted}' for the text`);
      i = QUOTED.lastIndex - 1;
    } else if (character === '(') depth++;
    else if (character === ')' && --depth < 0) fail('a parenthesis is closed that was never opened');
    else if (/^(?:--|\/\*|#|;|\$\w*\$)/.test(sql.slice(i))) fail(`comments, ";" and "$" have no place in it`);
  }
  if (depth > 0) fail('a parenthesis is never closed');
}
