import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The ONNX files of both towers; their weights are places in the checkpoint's own files. */
export interface GraphFiles {
  readonly image: Uint8Array;
  readonly text: Uint8Array;
}

const IMAGE = 'image.onnx';
const TEXT = 'text.onnx';

/** The names of the graphs of both towers in the folder that keeps them. */
export const GRAPH_FILES = [IMAGE, TEXT] as const;

export async function readGraphFiles(folder: string): Promise<GraphFiles> {
  const [image, text] = await Promise.all([readFile(join(folder, IMAGE)), readFile(join(folder, TEXT))]);
  return { image, text };
}

export async function writeGraphFiles(folder: string, { image, text }: GraphFiles): Promise<void> {
  await Promise.all([writeFile(join(folder, IMAGE), image), writeFile(join(folder, TEXT), text)]);
}
