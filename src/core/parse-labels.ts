import { LabelwiseError } from '../errors.js';
import { createLabelSet, type LabelInput, type LabelSet } from './label-set.js';

/**
 * Reads labels from one line: `cat, dog, "black, white"`. Commas part them; double quotes keep a comma.
 *
 * @throws LabelwiseError `LABEL_SET_INVALID`
 */
export function parseLabelList(text: string): LabelSet {
  if (text.trim() === '') return createLabelSet([]);
  const parts = text.match(/(?:"[^"]*"|[^,])+|(?<=,|^)(?=,|$)/g) ?? [];
  return createLabelSet(parts.map((part) => part.trim().replace(/^"([^"]*)"$/, '$1')));
}

/**
 * Reads labels from the text of a file: one a line, `#` begins a comment line, and tabs may add what is said in prompts:
 * `label<TAB>prompt name<TAB>synonym<TAB>synonym`. A last empty line and a byte order mark are fine; other blanks are refused.
 *
 * @throws LabelwiseError `LABEL_SET_INVALID` with the number of the line
 */
export function parseLabelFile(text: string): LabelSet {
  if (text.includes('\uFFFD')) {
    throw new LabelwiseError('LABEL_SET_INVALID', 'Expected labels as UTF-8 text, got other bytes.', { hint: 'Save the file as UTF-8.' });
  }
  const inputs: LabelInput[] = [];
  const lines: number[] = [];
  const rows = text
    .replace(/^\uFEFF/, '')
    .replace(/\s+$/, '')
    .split(/\r\n|\n|\r/);
  for (const [i, row] of rows.entries()) {
    if (row.startsWith('#') || (rows.length === 1 && row === '')) continue;
    const [label = '', promptName, ...synonyms] = row.split('\t');
    inputs.push({ label, promptName, synonyms });
    lines.push(i + 1);
  }
  return createLabelSet(inputs, (i) => `line ${lines[i]}`);
}
