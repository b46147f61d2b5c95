import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfThere, writeJsonNote } from '../checkpoint/json-file.js';
import type { Manifest } from '../checkpoint/manifest.js';

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
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return [manifest.fingerprint, manifest.dtype, `ort ${version}`, cpus()[0]?.model ?? '', `${threads} threads`].join(' | ');
}

/** What `models tune` found for this checkpoint on this machine, where it was run. */
export async function readTuning(manifest: Manifest, threads: number, home: string): Promise<Tuning | undefined> {
  return (await readNotes(home))[keyOf(manifest, threads)];
}

export async function writeTuning(manifest: Manifest, threads: number, home: string, tuning: Tuning): Promise<void> {
  await writeJsonNote(join(home, FILE), { ...(await readNotes(home)), [keyOf(manifest, threads)]: tuning });
}

async function readNotes(home: string): Promise<Record<string, Tuning>> {
  return notesSchema.safeParse(await readJsonIfThere(home, FILE).catch(() => undefined)).data ?? {};
}
