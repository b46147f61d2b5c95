import { resolve } from 'node:path';
import { createLabelSet, type LabelSet } from '../core/label-set.js';
import { parseLabelFile, parseLabelList } from '../core/parse-labels.js';
import { LabelwiseError, messageOf } from '../errors.js';
import { formatBytes } from '../files/format-bytes.js';
import { readRegularText, toText } from '../files/read-regular-file.js';
import { labelSetFileSchema, loadLabelSet } from '../home/data-files.js';
import type { CliIo } from './io.js';
import { isPipe, readPipe } from './read-pipe.js';

export interface LabelFlags {
  readonly labels?: string | undefined;
  readonly labelsFile?: string | undefined;
  readonly labelSet?: string | undefined;
}

/** The labels that the flags name. @throws LabelwiseError `INVALID_ARGUMENT` unless exactly one flag does */
export async function readLabels(flags: LabelFlags, io: CliIo): Promise<LabelSet> {
  const given = [flags.labels, flags.labelsFile, flags.labelSet].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected labels from one of --labels, --labels-file and --label-set, got ${given.length || 'none'}.`,
      {
        hint: 'For example: --labels "cat, dog, red panda"',
      },
    );
  }
  if (flags.labels !== undefined) return parseLabelList(flags.labels);
  if (flags.labelSet !== undefined) return loadLabelSet(flags.labelSet);
  return readLabelFile(resolve(io.cwd, flags.labelsFile as string), io);
}

async function readLabelFile(path: string, io: CliIo): Promise<LabelSet> {
  const text = await readText(path, io).catch((cause: unknown) => {
    if (cause instanceof LabelwiseError) throw cause;
    throw new LabelwiseError('LABEL_SET_INVALID', `The labels file ${path} cannot be read: ${messageOf(cause)}.`, {
      hint: 'Check the spelling and the permissions.',
      cause,
    });
  });
  try {
    return path.endsWith('.json') ? createLabelSet(labelSetFileSchema.parse(JSON.parse(text)).labels) : parseLabelFile(text);
  } catch (cause) {
    if (cause instanceof LabelwiseError)
      throw new LabelwiseError(cause.code, `${path}: ${cause.message}`, { hint: cause.hint ?? '', cause });
    throw new LabelwiseError('LABEL_SET_INVALID', `${path} is not a label set in JSON: ${messageOf(cause)}.`, {
      hint: 'Expected { "labels": ["cat", { "label": "cra", "promptName": "crab" }] }.',
      cause,
    });
  }
}

/** More labels than any model can rank in a day. */
const MAX_LABELS_BYTES = 64 * 2 ** 20;

/** A file's text, or what comes out of a pipe, as in `--labels-file <(cut -f1 names.tsv)`. */
async function readText(path: string, { signal }: CliIo): Promise<string> {
  if (!(await isPipe(path))) return readRegularText(path);
  const tooLarge = (): Error => new Error(`it gives more than ${formatBytes(MAX_LABELS_BYTES)}`);
  return toText(await readPipe(path, { name: path, signal, maxBytes: MAX_LABELS_BYTES, tooLarge }));
}
