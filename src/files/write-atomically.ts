import { openReplacement, type ReplacementOptions } from './open-replacement.js';

/** Puts a file in the place of another in one step, see `openReplacement`; on failure the old one stays, and nothing else. */
export async function writeAtomically(
  path: string | Buffer,
  content: string | Uint8Array,
  options: ReplacementOptions = {},
): Promise<void> {
  const { file, commit, discard } = await openReplacement(path, options);
  try {
    await file.writeFile(content);
    await commit();
  } finally {
    await discard();
  }
}
