import { createReadStream } from 'node:fs';
import { copyFile, type FileHandle, open, rename, truncate } from 'node:fs/promises';
import { hasSystemCode } from '../../errors.js';
import type { ImageScore } from '../measures/score-image.js';

/** One image of a run: its scores in each variant, or why it has none. */
export type RunRow =
  | { readonly id: string; readonly truths: readonly number[]; readonly scores: readonly StoredScore[] }
  | { readonly id: string; readonly error: { readonly code: string; readonly message: string } };

/** An `ImageScore` as it is written. Numbers come back from JSON bit for bit. */
export interface StoredScore extends Omit<ImageScore, 'similarities'> {
  /** Little-endian float32 in base64. [labels] */
  readonly similarities?: string;
}

/** What is written at once: all images of one batch, or none. */
export interface RunBatch {
  /** The place in the data set of the first row. */
  readonly from: number;
  readonly rows: readonly RunRow[];
  readonly ms: number;
  /** The most memory that the process had taken so far. */
  readonly peakBytes: number;
}

/** The first line: what the run is of. */
export interface RunHead {
  readonly identity: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** How far a log goes. */
export interface RunState {
  readonly head: RunHead | undefined;
  /** Images that are done. */
  readonly done: number;
  /** Bytes up to the end of the last whole batch. */
  readonly bytes: number;
}

/** Finds where a log ends that may have been cut off anywhere: at the first line that is torn or does not follow. */
export async function findRunState(path: string): Promise<RunState> {
  let state: RunState = { head: undefined, done: 0, bytes: 0 };
  for await (const { line, end } of readLines(path)) {
    const entry = parseLine(line);
    if (entry === undefined) break;
    if (state.head === undefined) {
      if (!('identity' in entry)) break;
      state = { head: entry, done: 0, bytes: end };
    } else {
      if (!('rows' in entry) || entry.from !== state.done) break;
      state = { ...state, done: state.done + entry.rows.length, bytes: end };
    }
  }
  return state;
}

/** The batches of a log, one at a time. */
export async function* readRunBatches(path: string): AsyncGenerator<RunBatch> {
  let done = 0;
  for await (const { line } of readLines(path)) {
    const entry = parseLine(line);
    if (entry === undefined) return;
    if (!('rows' in entry)) continue;
    if (entry.from !== done) return;
    done += entry.rows.length;
    yield entry;
  }
}

/**
 * Opens a log behind its last whole batch; what is torn is cut off. That is done in a copy which takes the log's place: a process that lost
 * the lock while it was suspended goes on writing to the old file, which nobody reads.
 */
export async function openRunLog(path: string, state: RunState, head: RunHead): Promise<FileHandle> {
  if (state.head !== undefined) {
    await copyFile(path, `${path}.tmp`);
    await truncate(`${path}.tmp`, state.bytes);
    await rename(`${path}.tmp`, path);
  }
  const file = await open(path, state.head === undefined ? 'w' : 'a');
  try {
    if (state.head === undefined) await appendLine(file, head);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** One write for a whole line: a process that is killed leaves it whole or torn at the end, and nothing after it. */
export async function appendLine(file: FileHandle, entry: RunHead | RunBatch): Promise<void> {
  await file.appendFile(`${JSON.stringify(entry)}\n`);
}

function parseLine(line: Buffer): RunHead | RunBatch | undefined {
  try {
    return JSON.parse(line.toString('utf8')) as RunHead | RunBatch;
  } catch {
    return undefined;
  }
}

/** Whole lines with where they end; a last line without an end is left out. */
async function* readLines(path: string): AsyncGenerator<{ line: Buffer; end: number }> {
  let rest: Buffer[] = [];
  let end = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, start)) {
        const line = Buffer.concat([...rest, chunk.subarray(start, at)]);
        rest = [];
        start = at + 1;
        end += line.length + 1;
        yield { line, end };
      }
      rest.push(chunk.subarray(start));
    }
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}
