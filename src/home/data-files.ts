import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { LabelSet } from '../core/label-set.js';
import { parseLabelJson } from '../core/parse-labels.js';
import { parseTemplate, type TemplateSet } from '../core/prompt-template.js';
import { hasSystemCode, LabelwiseError } from '../errors.js';
import { incompletePackage, packageFile } from '../files/package-root.js';

const templateSetFileSchema = z.object({ source: z.string(), templates: z.array(z.string()).min(1) });

const FOLDERS = { 'label set': 'label-sets', 'template set': 'prompt-templates' } as const;

/** The names of the label sets or template sets that ship with labelwise. */
export async function listShipped(kind: keyof typeof FOLDERS): Promise<string[]> {
  const files = await readdir(folderOf(kind)).catch((cause: unknown) => {
    throw incompletePackage(`The ${kind}s of labelwise are missing`, cause);
  });
  return files.map((file) => file.replace(/\.json$/, '')).sort();
}

/** A label set that ships with labelwise, for example "cifar100". @throws LabelwiseError `INVALID_ARGUMENT` with the names there are */
export async function loadLabelSet(name: string): Promise<LabelSet> {
  return parseLabelJson(await readShipped('label set', name));
}

/** A template set that ships with labelwise, for example "default", "imagenet-80" or "cifar-18". */
export async function loadTemplateSet(name: string): Promise<TemplateSet> {
  const { source, templates } = templateSetFileSchema.parse(await readShipped('template set', name));
  return { name, source, templates: templates.map(parseTemplate) };
}

async function readShipped(kind: keyof typeof FOLDERS, name: string): Promise<unknown> {
  try {
    if (!/^[\w-]+$/.test(name)) throw Object.assign(new Error('no such name'), { code: 'ENOENT' });
    return JSON.parse(await readFile(join(folderOf(kind), `${name}.json`), 'utf8'));
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
    throw new LabelwiseError('INVALID_ARGUMENT', `There is no ${kind} "${name}".`, {
      hint: `Choose one of ${(await listShipped(kind)).join(', ')}.`,
    });
  }
}

function folderOf(kind: keyof typeof FOLDERS): string {
  return packageFile(`data/${FOLDERS[kind]}`);
}
