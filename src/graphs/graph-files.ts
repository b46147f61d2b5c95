import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The ONNX files of both towers; their weights are places in the checkpoint's own files. */
export interface GraphFiles {
  readonly image: Uint8Array;
  readonly text: Uint8Array;
}

/** The graphs that a session opens at once, and that of the images for long runs, which is quicker and takes longer to open. */
export interface FloatGraphFiles extends GraphFiles {
  readonly imageInParts: Uint8Array;
}

const IMAGE = 'image.onnx';
const TEXT = 'text.onnx';
const IN_PARTS = 'image-in-parts.onnx';

/** The names of the graphs of both towers in the folder that keeps them. */
export const GRAPH_FILES = [IMAGE, TEXT] as const;
export const FLOAT_GRAPH_FILES = [...GRAPH_FILES, IN_PARTS] as const;

export async function readGraphFiles(folder: string): Promise<GraphFiles> {
  const [image, text] = await Promise.all([readFile(join(folder, IMAGE)), readFile(join(folder, TEXT))]);
  return { image, text };
}

export async function readFloatGraphFiles(folder: string): Promise<FloatGraphFiles> {
  return { ...(await readGraphFiles(folder)), imageInParts: await readFile(join(folder, IN_PARTS)) };
}

/** Writes the graphs, and gives the names of their files. */
export async function writeGraphFiles(folder: string, graphs: GraphFiles | FloatGraphFiles): Promise<readonly string[]> {
  const { image, text } = graphs;
  await Promise.all([writeFile(join(folder, IMAGE), image), writeFile(join(folder, TEXT), text)]);
  if (!('imageInParts' in graphs)) return GRAPH_FILES;
  await writeFile(join(folder, IN_PARTS), graphs.imageInParts);
  return FLOAT_GRAPH_FILES;
}
