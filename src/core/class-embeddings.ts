import { type Embedding, meanEmbedding } from './embedding.js';
import { fingerprint } from './fingerprint.js';
import type { Label, LabelSet } from './label-set.js';
import type { ClassEmbeddings, EncodeOptions, EncoderIdentity, TextEncoder } from './ports.js';
import { fillTemplate, type PromptTemplate } from './prompt-template.js';

/** A label's prompts: each of its names in each template. [names * templates] */
export function buildPrompts(label: Label, templates: readonly PromptTemplate[]): string[] {
  return [label.promptName, ...label.synonyms].flatMap((words) => templates.map((template) => fillTemplate(template, words)));
}

/**
 * Class embeddings in open_clip's order: normalise each prompt's embedding, mean over prompts, renormalise.
 * Prompts go to the encoder in whole labels, some 4,096 at a time, so that 1,000 labels x 80 templates run in bounded memory.
 */
export async function buildClassEmbeddings(
  encoder: TextEncoder,
  labelSet: LabelSet,
  options: EncodeOptions & { templates: readonly PromptTemplate[] },
): Promise<ClassEmbeddings> {
  const prompts = labelSet.labels.map((label) => buildPrompts(label, options.templates));
  const total = prompts.reduce((sum, list) => sum + list.length, 0);
  const vectors: Embedding[] = [];
  let done = 0;
  for (const group of groupBySize(prompts, 4096)) {
    const texts = group.flat();
    const base = done;
    const embeddings = await encoder.encodeTexts(texts, {
      signal: options.signal,
      onProgress: (count) => options.onProgress?.(base + count, total),
    });
    let offset = 0;
    for (const list of group) {
      vectors.push(meanEmbedding(embeddings.slice(offset, offset + list.length)));
      offset += list.length;
    }
    done += texts.length;
  }
  const { name, fingerprint: encoderFingerprint } = encoder.info;
  return {
    labelSet,
    prompts,
    vectors,
    encoder: { name, fingerprint: encoderFingerprint },
    templates: options.templates.map((template) => template.text),
  };
}

/** A name for the class embeddings of these labels in these templates by this encoder: what they are cached under. */
export function classEmbeddingsKey(labelSet: LabelSet, templates: readonly PromptTemplate[], encoder: EncoderIdentity): string {
  return fingerprint([labelSet.fingerprint, templates.map((template) => template.text), encoder.fingerprint]);
}

function* groupBySize(lists: readonly string[][], size: number): Generator<string[][]> {
  let group: string[][] = [];
  let count = 0;
  for (const list of lists) {
    if (count > 0 && count + list.length > size) {
      yield group;
      group = [];
      count = 0;
    }
    group.push(list);
    count += list.length;
  }
  if (group.length > 0) yield group;
}
