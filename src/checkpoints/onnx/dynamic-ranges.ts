import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfThere, writeJsonNote } from '../../files/json-file.js';

/** By the hash of a file: whether its operators quantise a whole batch by one range. */
const noteSchema = z.record(z.string(), z.boolean());
const NOTE = 'onnx-ranges.json';

/**
 * Whether one of the ONNX files quantises a whole batch by one range. A file is read once; `home` keeps what it says under its hash. One that cannot
 * be read counts as quantised, which is never wrong: ONNX Runtime says what is the matter with it.
 */
export async function haveDynamicRanges(
  files: readonly { readonly path: string; readonly hash: string }[],
  home: string,
): Promise<boolean> {
  const known = noteSchema.safeParse(await readJsonIfThere(home, NOTE).catch(() => undefined)).data ?? {};
  const unknown = files.filter(({ hash }) => known[hash] === undefined);
  if (unknown.length > 0) {
    const { hasDynamicRanges } = await import('./has-quantized-nodes.js');
    for (const { path, hash } of unknown) {
      const found = await hasDynamicRanges(path).catch(() => undefined);
      if (found === undefined) return true;
      known[hash] = found;
    }
    await writeJsonNote(join(home, NOTE), known);
  }
  return files.some(({ hash }) => known[hash]);
}
