import { show } from '../core/assert-option.js';
import { type BuildOptions, buildClassEmbeddings } from '../core/class-embeddings.js';
import type { LabelSet } from '../core/label-set.js';
import type { ClassEmbeddings, TextEncoder } from '../core/ports.js';
import { describeOtherTuning, type PromptTemplate, parseTemplate } from '../core/prompt-template.js';
import { LabelwiseError } from '../errors.js';
import { loadTemplateSet } from '../home/data-files.js';
import { type CacheSettings, openEmbeddingCache } from '../store/open-cache-or-warn.js';

/** The prompts that labels are put into. */
export interface TemplateChoice {
  /** Templates with one `{}` each. */
  readonly templates?: readonly string[] | undefined;
  /** A template set that ships with labelwise, for example "imagenet-80" or "cifar-18", or the path of a .json file of one. */
  readonly templateSet?: string | undefined;
}

/** The templates of the named set and the caller's own; the default set where neither is given. @throws LabelwiseError `TEMPLATE_INVALID` */
export async function chooseTemplates({ templates = [], templateSet }: TemplateChoice): Promise<readonly PromptTemplate[]> {
  if (!Array.isArray(templates))
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`templates\` to be an array of texts, got ${show(templates)}.`, {
      hint: "For example: ['a photo of a {}.'].",
    });
  const named = templateSet === undefined ? [] : (await loadTemplateSet(templateSet)).templates;
  const all = [...named, ...templates.map(parseTemplate)];
  return all.length > 0 ? all : (await loadTemplateSet('default')).templates;
}

export interface EmbedLabelsOptions extends Pick<BuildOptions, 'templates' | 'signal' | 'onProgress' | 'onWarning'> {
  /** Where class embeddings are kept between runs. */
  readonly cache: CacheSettings | undefined;
  /** Called before texts are encoded; not where the cache has them all. */
  readonly onTexts?: (() => void) | undefined;
}

/** Class embeddings from the cache as far as it has them; the others are made and kept. */
export async function embedLabels(
  encoder: TextEncoder,
  labelSet: LabelSet,
  options: EmbedLabelsOptions,
): Promise<{ classEmbeddings: ClassEmbeddings; isFromCache: boolean }> {
  const cache = options.cache && (await openEmbeddingCache(options.cache, 'labels', encoder.info));
  let isFromCache = true;
  const encodeTexts: TextEncoder['encodeTexts'] = (texts, encodeOptions) => {
    if (isFromCache) options.onTexts?.();
    isFromCache = false;
    return encoder.encodeTexts(texts, encodeOptions);
  };
  try {
    const { unknownWordsOf, knows, info } = encoder;
    const tuning = describeOtherTuning(options.templates, info, labelSet);
    if (tuning !== undefined) options.onWarning?.(tuning);
    const spelling = unknownWordsOf ? { unknownWordsOf } : {};
    const classEmbeddings = await buildClassEmbeddings({ info, encodeTexts, knows, ...spelling }, labelSet, { ...options, cache });
    return { classEmbeddings, isFromCache };
  } finally {
    await cache?.close();
  }
}
