import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const words = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat())
  .catch([]);
const schema = z.object({ license: words, license_name: words, language: words });

/** What a model's card states of its licence and languages; empty where there is no card, or it does not say. */
export async function readModelCard(folder: string): Promise<{ readonly licence?: string; readonly languages?: string }> {
  const text = await readFile(join(folder, 'README.md'), 'utf8').catch(() => '');
  const head = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1];
  if (head === undefined) return {};
  const { parse } = await import('yaml');
  try {
    const { license, license_name: named, language } = schema.parse(parse(head));
    const licence = license.includes('other') && named.length > 0 ? named : license;
    return {
      ...(licence.length > 0 ? { licence: licence.join(', ') } : {}),
      ...(language.length > 0 ? { languages: language.join(', ') } : {}),
    };
  } catch {
    return {}; // a card that cannot be read says nothing
  }
}
