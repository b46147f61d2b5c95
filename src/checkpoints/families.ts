import type { Scoring } from '../core/scoring.js';
import type { TextRules } from './text-rules.js';

/** What a model family is known for and its files do not say. Everything else is read from them. */
export interface Family {
  readonly scoring: Scoring;
  readonly padding: TextRules['padding'];
  readonly maxLength?: number;
  /** transformers' Siglip2Tokenizer lower-cases in code: tokenizer.json, which is Gemma's, does not say so. */
  readonly isLowercase?: boolean;
}

const CONTRASTIVE: Family = { scoring: 'softmax', padding: 'longest' };
const SIGMOID: Family = { scoring: 'sigmoid', padding: 'max', maxLength: 64 };

/** By config.json's `model_type`; a type that is not here is run as CLIP is. */
const FAMILIES: Readonly<Record<string, Family>> = { siglip: SIGMOID, siglip2: { ...SIGMOID, isLowercase: true } };

export function familyOf(modelType: string): Family {
  return FAMILIES[modelType] ?? CONTRASTIVE;
}

/** The `model_type`s whose weights run without an export; graphs/families holds a reader for each. */
const RUN_FROM_WEIGHTS = ['clip', 'siglip', 'chinese_clip'] as const;
export type WeightFamily = (typeof RUN_FROM_WEIGHTS)[number] | 'open_clip';

export const isRunFromWeights = (modelType: string): boolean => (RUN_FROM_WEIGHTS as readonly string[]).includes(modelType);

/** config.json's `model_type`, which old CLIP files leave out; undefined without a config.json. */
export function modelTypeOf(config: unknown): string | undefined {
  if (typeof config !== 'object' || config === null) return undefined;
  return 'model_type' in config && typeof config.model_type === 'string' ? config.model_type : 'clip';
}
