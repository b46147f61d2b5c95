import { LabelwiseError } from '../errors.js';
import { indefiniteArticle } from './article.js';

/** A text with exactly one place for a label, for example "a photo of a {}." */
export interface PromptTemplate {
  readonly text: string;
  /** How much it counts beside others; 1 by default. */
  readonly weight?: number | undefined;
  /** What images chose the weight for; undefined for a weight that a person gave. */
  readonly tunedWith?: TunedWith | undefined;
}

/** The model and the labels that `prompts tune` weighed templates for. */
export interface TunedWith {
  readonly model: string;
  /** Of the model. */
  readonly fingerprint: string;
  /** The fingerprint of the label set. */
  readonly labels: string;
}

/** A warning about weights that were tuned for another model or other labels; undefined if there are none. A search has no label set. */
export function describeOtherTuning(
  templates: readonly PromptTemplate[],
  { name, fingerprint }: { readonly name: string; readonly fingerprint: string },
  labelSet?: { readonly fingerprint: string },
): string | undefined {
  const tuned = templates.flatMap(({ tunedWith }) => tunedWith ?? []);
  const other = tuned.find((one) => one.fingerprint !== fingerprint);
  if (other)
    return `The weights of the templates were tuned for ${other.model} (${other.fingerprint}), and this is ${name} (${fingerprint}): tune them again with "labelwise prompts tune".`;
  if (labelSet && tuned.some(({ labels }) => labels !== labelSet.fingerprint))
    return 'The weights of the templates were tuned for other labels. Tune them again with "labelwise prompts tune", or take them for what they are: a guess for these.';
  return undefined;
}

/** A named list of templates; a label's class embedding is their weighted mean. */
export interface TemplateSet {
  readonly name: string;
  readonly source: string;
  readonly templates: readonly PromptTemplate[];
}

/** The weights of templates, or undefined where all count alike. */
export function weightsOf(templates: readonly PromptTemplate[]): readonly number[] | undefined {
  const weights = templates.map(({ weight = 1 }) => weight);
  return weights.some((weight) => weight !== weights[0]) ? weights : undefined;
}

/** Templates again, of texts and `weightsOf` them. */
export const withWeights = (texts: readonly string[], weights: readonly number[] | undefined): PromptTemplate[] =>
  texts.map((text, i) => ({ ...parseTemplate(text), ...(weights ? { weight: weights[i] as number } : {}) }));

const PLACEHOLDER = /\{\}|\{label\}/g;

/**
 * Checks a template: exactly one `{}` (or `{label}`); `{a}` is filled with the article that fits the label.
 *
 * @throws LabelwiseError `TEMPLATE_INVALID`
 * @example
 * fillTemplate(parseTemplate('{a} {}'), 'apple') // 'an apple'
 */
export function parseTemplate(text: string): PromptTemplate {
  const places = String(text).match(PLACEHOLDER)?.length ?? 0;
  if (places !== 1) {
    throw new LabelwiseError('TEMPLATE_INVALID', `Expected a template with exactly one {}, got ${places} in "${text}".`, {
      hint: 'Write {} where the label goes, for example "a photo of a {}."',
    });
  }
  if (/\{\s*\{(?:label)?\}\s*\}/.test(text)) {
    throw new LabelwiseError('TEMPLATE_INVALID', `Expected a template with {} in no other braces, got "${text}".`, {
      hint: 'Write {} once; Python alone makes {} of {{}}.',
    });
  }
  return { text };
}

/** The prompt of a label. Its words are inserted unchanged, even `$&` or `{}`. */
export function fillTemplate(template: PromptTemplate, words: string): string {
  return template.text.replace(/\{\}|\{label\}|\{a\}/g, (place) => (place === '{a}' ? indefiniteArticle(words) : words));
}

/** Whether words begin like the template, so that the prompt repeats it: "a photo of an a photo of a cat." */
export function repeatsTemplate({ text }: PromptTemplate, words: string): boolean {
  const start = withoutArticle(text.slice(0, text.search(/\{\}|\{label\}/)).replace(/(?:\{a\}|\b(?:an?|the))\s*$/i, ''));
  return start.includes(' ') && withoutArticle(words).startsWith(`${start} `);
}

const withoutArticle = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^(?:an?|the)\s+/, '');

/** A warning if words repeat a template, or undefined. `prompts` are the words in each template. */
export function describeRepeat(
  words: string,
  { subject, templates, prompts }: { subject: 'label' | 'query'; templates: readonly PromptTemplate[]; prompts: readonly string[] },
): string | undefined {
  const at = templates.findIndex((template) => repeatsTemplate(template, words));
  if (at < 0) return undefined;
  return `The ${subject} "${words}" already has the words of the template, so the prompt is "${prompts[at]}" Leave them out, or use the template "{}".`;
}
