import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { readJsonIfThere } from '../checkpoint/json-file.js';
import type { Manifest } from '../checkpoint/manifest.js';
import type { PreparedGraphs } from '../graph/prepare-graphs.js';

/** Where `models quantize` keeps the int8 copy of a checkpoint; the manifest is that of dtype int8. */
export function int8FolderOf(manifest: Pick<Manifest, 'fingerprint'>, home: string): string {
  return join(home, 'int8', manifest.fingerprint);
}

const reportSchema = z.object({
  photos: z.number().int(),
  prompts: z.number().int(),
  /** Lowest and mean cosine between the embeddings of the copy and of the weights as trained. */
  imageCosine: z.object({ lowest: z.number(), mean: z.number() }),
  textCosine: z.object({ lowest: z.number(), mean: z.number() }),
  /** The share of photos whose first label is the same. */
  top1Agreement: z.number(),
  bytes: z.number().int(),
  sourceBytes: z.number().int(),
});

/** How an int8 copy did against the weights that it was made from, on the machine that made it. */
export type Int8Report = z.infer<typeof reportSchema>;

/** The report of a checkpoint's int8 copy, where there is one. */
export async function readInt8Report(manifest: Pick<Manifest, 'fingerprint'>, home: string): Promise<Int8Report | undefined> {
  return reportSchema.safeParse(await readJsonIfThere(int8FolderOf(manifest, home), 'report.json')).data;
}

/** The graphs of an int8 copy. @throws LabelwiseError `DTYPE_UNAVAILABLE` where none was made */
export async function openInt8Copy(manifest: Manifest, home: string): Promise<PreparedGraphs> {
  const dataFolder = int8FolderOf(manifest, home);
  const [image, text] = await Promise.all(['image.onnx', 'text.onnx'].map((file) => readFile(join(dataFolder, file)))).catch(() => []);
  if (image && text) return { image, text, dataFolder };
  throw new LabelwiseError('DTYPE_UNAVAILABLE', `${manifest.name} has no int8 copy yet.`, {
    hint: `Make one: labelwise models quantize ${manifest.name}. Or run the int8 ONNX files of its repository, if it has any: --onnx --dtype int8.`,
  });
}
