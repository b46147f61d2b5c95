import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createLabelSet, type LabelSet } from '../core/label-set.js';
import { parseLabelJson } from '../core/parse-labels.js';
import { parseTemplate, type TemplateSet } from '../core/prompt-template.js';
import { hasSystemCode, LabelwiseError } from '../errors.js';
import { type ShippedKind, shippedFolder, shippedNames } from './shipped-names.js';

const templateSetFileSchema = z.object({ source: z.string(), templates: z.array(z.string()).min(1) });

/** The names of the label sets or template sets that ship with labelwise. */
export async function listShipped(kind: ShippedKind): Promise<string[]> {
  return shippedNames(kind);
}

/** A label set that ships with labelwise, for example "cifar100". @throws LabelwiseError `INVALID_ARGUMENT`, which lists the names */
export async function loadLabelSet(name: string): Promise<LabelSet> {
  return parseLabelJson(await readShipped('label set', name));
}

/** The names of all label sets that ship with labelwise, each once: words for what images may show. */
export async function loadBackground(): Promise<LabelSet> {
  const sets = await Promise.all((await listShipped('label set')).map(loadLabelSet));
  const names = sets.flatMap(({ labels }) => labels.map(({ promptName }) => promptName));
  return createLabelSet([...new Map(names.map((name) => [name.toLowerCase(), name])).values()]);
}

/** A template set that ships with labelwise, for example "default", "imagenet-80" or "cifar-18". */
export async function loadTemplateSet(name: string): Promise<TemplateSet> {
  const { source, templates } = templateSetFileSchema.parse(await readShipped('template set', name));
  return { name, source, templates: templates.map(parseTemplate) };
}

async function readShipped(kind: ShippedKind, name: string): Promise<unknown> {
  try {
    if (!/^[\w-]+$/.test(name)) throw Object.assign(new Error('no such name'), { code: 'ENOENT' });
    return JSON.parse(await readFile(join(shippedFolder(kind), `${name}.json`), 'utf8'));
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
    throw new LabelwiseError('INVALID_ARGUMENT', `There is no ${kind} "${name}".`, {
      hint: `Choose one of ${(await listShipped(kind)).join(', ')}.`,
    });
  }
}
