import type { Readable } from 'node:stream';
import { createLabelSet, type LabelSet } from '../core/label-set.js';
import { parseLabelFile, parseLabelJson } from '../core/parse-labels.js';
import { parseDelimited } from '../datasets/manifest/parse-delimited.js';
import { LabelwiseError, messageOf } from '../errors.js';
import { decodeText } from '../files/decode-text.js';
import { formatBytes } from '../files/format-bytes.js';
import { isPipe, readPipe, readStream, type StreamOptions } from '../files/read-pipe.js';
import { readRegularFile } from '../files/read-regular-file.js';

/**
 * The labels in a text, JSON or CSV file, in a pipe, or in a stream such as stdin.
 *
 * @throws LabelwiseError `LABEL_SET_INVALID`, `INPUT_UNREADABLE`, `ABORTED`
 */
export async function readLabelFile(place: string | Readable, signal?: AbortSignal): Promise<LabelSet> {
  const name = typeof place === 'string' ? place : 'stdin';
  const bytes = await readBytes(place, { name, signal, maxBytes: MAX_LABELS_BYTES, tooLarge }).catch((cause: unknown) => {
    if (cause instanceof LabelwiseError) throw cause;
    throw invalid(`The labels file ${name} cannot be read: ${messageOf(cause)}.`, 'Check the spelling and the permissions.', cause);
  });
  try {
    return parse(name, textOf(bytes));
  } catch (cause) {
    if (!(cause instanceof LabelwiseError)) throw cause;
    throw invalid(`${name}: ${cause.message}`, cause.hint ?? '', cause);
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw invalid(`Expected labels as UTF-8 text, but ${messageOf(cause)}.`, 'Save the file as UTF-8.', cause);
  }
}

/** What comes through a pipe has no extension, so JSON is also recognised by how it begins. */
function parse(name: string, text: string): LabelSet {
  if (/\.csv$/i.test(name)) return parseLabelTable(text);
  return /\.json$/i.test(name) || /^\s*[[{]\s*["{]/.test(text) ? parseLabelJson(parseJson(text)) : parseLabelFile(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`Expected a label set in JSON: ${messageOf(cause)}.`, 'Expected { "labels": ["cat", "dog"] }.', cause);
  }
}

/** A table with a header: a label in each row, and its name in prompts if there is such a column. */
function parseLabelTable(text: string): LabelSet {
  const { rows, openQuoteLine } = parseDelimited(text, ',');
  if (openQuoteLine !== undefined) throw invalid(`Line ${openQuoteLine} opens a quote that does not close.`, 'Close it, or double it.');
  const columns = rows[0]?.cells.map((cell) => cell.trim()) ?? [];
  if (!columns.includes('label') || columns.some((column) => column !== 'label' && column !== 'promptName'))
    throw invalid(
      `Expected a table with the column label, and optionally promptName, got ${columns.join(', ') || 'no column'}.`,
      'Write "label" into the first line, or save the labels as .txt, one per line.',
    );
  const entries = rows.slice(1);
  const uneven = entries.find(({ cells }) => cells.length !== columns.length);
  if (uneven)
    throw invalid(`Line ${uneven.line} has ${uneven.cells.length} cells where the header has ${columns.length}.`, 'Quote commas.');
  const at = (name: string, cells: readonly string[]): string => cells[columns.indexOf(name)] ?? '';
  return createLabelSet(
    entries.map(({ cells }) => ({ label: at('label', cells), promptName: at('promptName', cells) })),
    (i) => `line ${entries[i]?.line}`,
  );
}

const invalid = (message: string, hint: string, cause?: unknown): LabelwiseError =>
  new LabelwiseError('LABEL_SET_INVALID', message, { hint, cause });

/** More labels than any model can rank in a day. */
const MAX_LABELS_BYTES = 64 * 2 ** 20;

const tooLarge = (): Error => new Error(`it gives more than ${formatBytes(MAX_LABELS_BYTES)}`);

/** The bytes of a file, or of a pipe, as in `--labels-file <(cut -f1 names.tsv)`. */
async function readBytes(place: string | Readable, options: StreamOptions): Promise<Uint8Array> {
  if (typeof place !== 'string') return readStream(place, options);
  return (await isPipe(place)) ? readPipe(place, options) : readRegularFile(place);
}
