import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../checkpoints/manifest.js';
import { readJsonIfThere } from '../../files/json-file.js';
import { openOutput, writeOutput } from '../../files/open-output.js';
import { inOutputWords } from '../../files/output-fault.js';
import { packageRequire } from '../../files/package-root.js';
import { type HeldLock, withLock } from '../../files/with-lock.js';
import { ANOTHER_HOME } from '../../home/labelwise-home.js';
import { ENGINES, type Precision } from '../engines/protocol.js';

const tuningSchema = z.object({
  /** Notes from before there were two are of ONNX Runtime. */
  engine: z.enum(ENGINES).default('onnxruntime'),
  /** Images in one forward pass. */
  batchSize: z.number().int().positive(),
  /** Whether ONNX Runtime's threads wait busily for more than a moment. */
  isSpinning: z.boolean(),
  /** Images a second from file to embedding, when it was measured. */
  imagesPerSecond: z.number(),
});

/** Settings that were fastest for a checkpoint on a machine. */
export type Tuning = z.infer<typeof tuningSchema>;

const FILE = 'tuning.json';
const notesSchema = z.record(z.string(), tuningSchema);

/** What a run asks for. */
export interface Tuned {
  readonly threads: number;
  readonly precision: Precision | undefined;
}

/** What the settings depend on: the weights, ONNX Runtime's version, the processor, the cores and the precision. */
function keyOf(manifest: Manifest, { threads, precision }: Tuned): string {
  const { version } = packageRequire()('onnxruntime-node/package.json') as { version: string };
  const facts = [manifest.fingerprint, manifest.dtype, `ort ${version}`, cpus()[0]?.model ?? '', `${threads} threads`];
  return [...facts, ...(precision === undefined || precision === 'fp32' ? [] : [precision])].join(' | ');
}

/** What `models tune` found for this checkpoint on this machine, where it was run. */
export async function readTuning(manifest: Manifest, run: Tuned, home: string): Promise<Tuning | undefined> {
  return (await readNotes(home))[keyOf(manifest, run)];
}

/** Says before anything is measured that it cannot be kept. @throws LabelwiseError `OUTPUT_UNWRITABLE`, `DISK_FULL` */
export async function refuseUnwritableTuning(home: string): Promise<void> {
  await using _ = await openOutput(join(home, FILE), ANOTHER_HOME);
}

/** @throws LabelwiseError `OUTPUT_UNWRITABLE`, `DISK_FULL` */
export async function writeTuning(manifest: Manifest, tuning: Tuning, { home, ...run }: Tuned & { readonly home: string }): Promise<void> {
  const path = join(home, FILE);
  const add = async ({ assertHeld }: HeldLock): Promise<void> => {
    const notes = { ...(await readNotes(home)), [keyOf(manifest, run)]: tuning };
    await assertHeld();
    await writeOutput(path, JSON.stringify(notes), ANOTHER_HOME);
  };
  await inOutputWords(path, ANOTHER_HOME, () => withLock(path, add)); // another process may tune another model
}

async function readNotes(home: string): Promise<Record<string, Tuning>> {
  return notesSchema.safeParse(await readJsonIfThere(home, FILE).catch(() => undefined)).data ?? {};
}
