import { LabelwiseError, messageOf } from '../errors.js';
import { IMAGE_COLUMNS } from './image-table-schema.js';

/** What DataFusion says of a filter, in our words; what is not here is told as it says it. */
const SAYINGS: readonly (readonly [RegExp, string])[] = [
  [/^.*No field named (?:"|`)?(.+?)(?:"|`)?\.(?: .*)?$/, 'there is no column $1'],
  [/^.*Invalid function '(.+?)'.*$/, 'there is no function $1'],
  [/^.*sql parser error: (?:Expected: )?(.*?)(?: at Line: \d+, Column: \d+)?\)?$/, 'expected $1'],
  [/^Function '(.+?)' requires .*$/, 'the function $1 does not take what it is given'],
  [/^.*(?:does not return a boolean|boolean operation Boolean AND .*)$/, 'it is no condition: compare it with something'],
  [/^.*literal of type '(?:U?Int|Float)\d*'.*$/, 'it compares a number with a text'],
];

/** What is wrong with a filter that a person wrote; failures of the disk stay what they are. */
export function toWhereError(where: string, error: unknown): unknown {
  const cause = error instanceof LabelwiseError ? error.cause : error;
  if (!/sql|parse|schema error|field named|column|type_coercion|plan|invalid user input/i.test(messageOf(cause))) return error;
  const said = (messageOf(cause).split('\n')[0] ?? '')
    .replace(/^.*(?:Invalid user input|lance error|Error during planning|Error optimizing sql filter|Parser error): /, '')
    .replace(/,? [^ ]*\.rs:\d+.*$/, '')
    .replace(/\.+$/, '');
  const [pattern, words] = SAYINGS.find(([known]) => known.test(said)) ?? [/$^/, ''];
  return new LabelwiseError('INVALID_ARGUMENT', `The filter ${JSON.stringify(where)} cannot be used: ${said.replace(pattern, words)}.`, {
    hint: `Write SQL over these columns: ${IMAGE_COLUMNS.filter((name) => name !== 'embedding').join(', ')}. Texts stand in single quotes: camera LIKE 'NIKON%'.`,
    cause,
  });
}
