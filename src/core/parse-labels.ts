import { LabelwiseError } from '../errors.js';
import { createLabelSet, type LabelInput, type LabelSet } from './label-set.js';

/**
 * Reads labels from one line: `cat, dog, "black, white"`. Commas separate them; double quotes protect a comma.
 *
 * @throws LabelwiseError `LABEL_SET_INVALID`
 */
export function parseLabelList(text: string): LabelSet {
  if (text.trim() === '') return createLabelSet([]);
  if (/^\s*\[\s*(["']).*\1\s*\]\s*$/s.test(text)) {
    throw new LabelwiseError('LABEL_SET_INVALID', `Expected labels with commas between them, got a list in brackets: ${describe(text)}.`, {
      hint: 'Leave brackets and quotes out, for example: cat, dog, red panda. A list in JSON goes into a .json file.',
    });
  }
  const parts = text.match(/(?:"[^"]*"|[^,])+|(?<=,|^)(?=,|$)/g) ?? [];
  return createLabelSet(parts.map((part) => part.trim().replace(/^"([^"]*)"$/, '$1')));
}

/**
 * Reads labels from the text of a file: one per line. A line that starts with `#` is a comment, and tabs add the words for prompts:
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

const LABEL_FIELDS = ['label', 'promptName', 'synonyms', 'parent'];

/**
 * Reads labels from the content of a JSON file: `{ "labels": ["cat", { "label": "cra", "promptName": "crab" }] }`, or the list alone.
 *
 * @throws LabelwiseError `LABEL_SET_INVALID` that names the entry and the field
 */
export function parseLabelJson(content: unknown): LabelSet {
  if (Array.isArray(content)) return createLabelSet(content.map(toLabelInput));
  if (!isObject(content)) throw unexpected(`a list of labels, got ${describe(content)}`);
  const unknown = Object.keys(content).find((key) => key !== 'labels' && key !== 'source');
  if (unknown !== undefined) throw unexpected(`the fields labels and source, got "${unknown}"`);
  if (!Array.isArray(content.labels)) throw unexpected(`a list in the field "labels", got ${describe(content.labels)}`);
  return createLabelSet(content.labels.map(toLabelInput));
}

function toLabelInput(value: unknown, i: number): LabelInput {
  const at = `entry ${i + 1}`;
  if (typeof value === 'string') return value;
  if (!isObject(value)) throw unexpected(`a text or an object at ${at}, got ${describe(value)}`);
  const { label, promptName, synonyms = [], parent } = value;
  const unknown = Object.keys(value).find((key) => !LABEL_FIELDS.includes(key));
  if (unknown !== undefined) throw unexpected(`the fields ${LABEL_FIELDS.join(', ')} at ${at}, got "${unknown}"`);
  if (typeof label !== 'string') throw unexpected(`a text in "label" at ${at}, got ${describe(label)}`);
  if (promptName !== undefined && typeof promptName !== 'string')
    throw unexpected(`a text in "promptName" at ${at}, got ${describe(promptName)}`);
  if (!Array.isArray(synonyms) || !synonyms.every((one) => typeof one === 'string'))
    throw unexpected(`a list of texts in "synonyms" at ${at}, got ${describe(synonyms)}`);
  if (parent !== undefined && typeof parent !== 'string') throw unexpected(`a text in "parent" at ${at}, got ${describe(parent)}`);
  return { label, promptName, synonyms, parent };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const unexpected = (what: string): LabelwiseError =>
  new LabelwiseError('LABEL_SET_INVALID', `Expected a label set in JSON with ${what}.`, {
    hint: 'Expected { "labels": ["cat", { "label": "cra", "promptName": "crab" }] }.',
  });
