import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Concept } from '../core/decisions/kinds.js';
import { createLabelSet, type LabelSet } from '../core/label-set.js';
import { parseLabelJson } from '../core/parse-labels.js';
import { parseTemplate, type TemplateSet } from '../core/prompt-template.js';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { packageFile } from '../files/package-root.js';
import { readRegularText } from '../files/read-regular-file.js';
import { type ShippedKind, shippedFolder, shippedNames } from './shipped-names.js';

const templateSetFileSchema = z
  .strictObject({
    source: z.string().default(''),
    templates: z.array(z.string()).min(1),
    weights: z.array(z.number().nonnegative()).optional(),
    tunedWith: z.strictObject({ model: z.string(), fingerprint: z.string(), labels: z.string() }).optional(),
  })
  .refine(
    ({ templates, weights }) => weights === undefined || (weights.length === templates.length && weights.some((weight) => weight > 0)),
    {
      message: 'expected a weight for each template, and one above 0',
    },
  );

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

/**
 * A template set that ships with labelwise, for example "default", "imagenet-80" or "cifar-18", or a file of one (`my-prompts.json`), as
 * "prompts tune" writes. Weights are scaled to a mean of 1.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `TEMPLATE_INVALID`
 */
export async function loadTemplateSet(name: string): Promise<TemplateSet> {
  const content = isTemplateFile(name) ? await readTemplateFile(name) : await readShipped('template set', name);
  const parsed = templateSetFileSchema.safeParse(content);
  if (!parsed.success)
    throw new LabelwiseError('TEMPLATE_INVALID', `${name} is not a template set: ${parsed.error.issues[0]?.message}.`, {
      hint: 'Write { "templates": ["a photo of a {}."], "weights": [1] }; weights may be left out.',
    });
  const { source, templates, weights, tunedWith } = parsed.data;
  const mean = weights && weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const weightOf = (i: number) => (weights && mean ? { weight: (weights[i] as number) / mean } : {});
  return {
    name,
    source,
    templates: templates.map((text, i) => ({ ...parseTemplate(text), ...weightOf(i), ...(tunedWith ? { tunedWith } : {}) })),
  };
}

/** Common nouns with several meanings that a photo may show. */
export async function loadAmbiguousNouns(): Promise<Readonly<Record<string, readonly string[]>>> {
  const content: unknown = JSON.parse(await readRegularText(packageFile('data/ambiguous-nouns.json')));
  return z.object({ nouns: z.record(z.string(), z.array(z.string())) }).parse(content).nouns;
}

/** Everyday nouns and scenes, to name groups of photos with. */
export async function loadVocabulary(): Promise<string[]> {
  const content: unknown = JSON.parse(await readRegularText(packageFile('data/vocabulary.json')));
  return z.object({ words: z.array(z.string()) }).parse(content).words;
}

/** What the names of all label sets that ship are kinds of. */
export async function loadConcepts(): Promise<Concept[]> {
  const { concepts } = JSON.parse(await readRegularText(packageFile('data/hypernyms.json'))) as { concepts: Concept[] };
  return concepts;
}

/** Whether the name of a template set is that of a file: all that ship have names without a dot. */
export const isTemplateFile = (name: string): boolean => name.endsWith('.json');

async function readTemplateFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readRegularText(path));
  } catch (cause) {
    throw new LabelwiseError('TEMPLATE_INVALID', `The template set ${path} cannot be read: ${messageOf(cause)}.`, {
      hint: `Check its path, or choose one that ships: ${shippedNames('template set').join(', ')}.`,
      cause,
    });
  }
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
