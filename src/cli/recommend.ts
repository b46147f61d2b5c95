import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labelwiseHome } from '../home/labelwise-home.js';
import type { CliIo } from '../local/io.js';

/** What `models pull --recommended` downloads: a full CLIP, about as quick as the smallest of OpenAI's and better. */
export const RECOMMENDED_MODEL = 'laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K';

/** The sentence that leads from the embedded model to a full CLIP: once per home, and never where that cannot be remembered. */
export function recommendOnce({ env }: CliIo): string | undefined {
  const home = labelwiseHome(env);
  try {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'recommended.txt'), `${RECOMMENDED_MODEL}\n`, { flag: 'wx' });
  } catch {
    return undefined;
  }
  return `The embedded model knows everyday things only. For colours, actions, people and more, use a full CLIP: labelwise models pull --recommended`;
}
