import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../checkpoints/manifest.js';
import { readJsonIfThere } from '../../files/json-file.js';
import { openOutput, writeOutput } from '../../files/open-output.js';
import { packageRequire } from '../../files/package-root.js';
import { ANOTHER_HOME } from '../../home/labelwise-home.js';

const tuningSchema = z.object({
  /** Images in one forward pass. */
  batchSize: z.number().int().positive(),
  /** Whether ONNX Runtime's threads wait busily between two operators. */
  isSpinning: z.boolean(),
  /** Images a second from file to embedding, when it was measured. */
  imagesPerSecond: z.number(),
});

/** Settings that were fastest for a checkpoint on a machine. */
export type Tuning = z.infer<typeof tuningSchema>;

const FILE = 'tuning.json';
const notesSchema = z.record(z.string(), tuningSchema);

/** What the settings depend on: the weights, ONNX Runtime's version, the processor and the cores. */
function keyOf(manifest: Manifest, threads: number): string {
  const { version } = packageRequire()('onnxruntime-node/package.json') as { version: string };
  return [manifest.fingerprint, manifest.dtype, `ort ${version}`, cpus()[0]?.model ?? '', `${threads} threads`].join(' | ');
}

/** What `models tune` found for this checkpoint on this machine, where it was run. */
export async function readTuning(manifest: Manifest, threads: number, home: string): Promise<Tuning | undefined> {
  return (await readNotes(home))[keyOf(manifest, threads)];
}

/** Says before anything is measured that it cannot be kept. @throws LabelwiseError `OUTPUT_UNWRITABLE`, `DISK_FULL` */
export async function refuseUnwritableTuning(home: string): Promise<void> {
  await using _ = await openOutput(join(home, FILE), ANOTHER_HOME);
}

/** @throws LabelwiseError `OUTPUT_UNWRITABLE`, `DISK_FULL` */
export async function writeTuning(manifest: Manifest, threads: number, home: string, tuning: Tuning): Promise<void> {
  const notes = { ...(await readNotes(home)), [keyOf(manifest, threads)]: tuning };
  await writeOutput(join(home, FILE), JSON.stringify(notes), ANOTHER_HOME);
}

async function readNotes(home: string): Promise<Record<string, Tuning>> {
  return notesSchema.safeParse(await readJsonIfThere(home, FILE).catch(() => undefined)).data ?? {};
}
