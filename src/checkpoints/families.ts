import type { Scoring } from '../core/scoring.js';

/**
 * What is done to a text before tokenizer.json. OpenCLIP repairs wrong encodings and HTML's references and makes white space single, and then may make it `lower`
 * case or `canonicalize` it (lower case without ASCII punctuation). `siglip` is SiglipTokenizer in Python, without tokenizer.json. Immich repairs nothing.
 */
export type Cleaning = 'whitespace' | 'lower' | 'canonicalize' | 'siglip' | 'siglip-cased' | 'immich' | 'immich-canonical';

/** What a model family is known for and its files do not say. Everything else is read from them. */
export interface Family {
  readonly scoring: Scoring;
  /** `longest`: pad to the longest text of the batch. `max`: always pad to the most tokens that a text may have. */
  readonly padding: 'longest' | 'max';
  readonly maxLength?: number;
  /** The model's code lower-cases texts in Python, whatever tokenizer.json says. */
  readonly isLowercase?: boolean;
  readonly cleaning?: Cleaning;
  /** OpenCLIP's strip_sep_token: token 0 stands in place of the separator. */
  readonly zeroesSeparator?: boolean;
  /** OpenCLIP's "clips": start, text and end, then padding, and a class token as the last of all. */
  readonly isClips?: boolean;
  /** The token that fills texts up, where it is not the tokenizer's own. */
  readonly padTokenId?: number;
}

const CONTRASTIVE: Family = { scoring: 'softmax', padding: 'longest' };
const SIGMOID: Family = { scoring: 'sigmoid', padding: 'max', maxLength: 64 };

/** By config.json's `model_type`. A type that is not here runs as CLIP does, with a warning. */
const FAMILIES: Readonly<Record<string, Family>> = {
  clip: CONTRASTIVE,
  open_clip: CONTRASTIVE,
  chinese_clip: CONTRASTIVE,
  pocket: CONTRASTIVE,
  siglip: SIGMOID,
  siglip2: { ...SIGMOID, isLowercase: true },
  ...{ metaclip_2: CONTRASTIVE, altclip: CONTRASTIVE, align: CONTRASTIVE, clipseg: CONTRASTIVE },
};

const oneScore = (name: string): string => `${name} scores an image and a text together and has no embeddings to compare.`;
const boxes = (name: string): string => `${name} finds boxes in an image and has no embedding of the whole.`;
const IMAGES_ALONE = 'It embeds images alone: without a text tower it cannot compare them with labels.';

/** What to tell the user of a model whose `model_type` is not known. */
export function describeUnknownFamily({ name, modelType }: { readonly name: string; readonly modelType: string }): string | undefined {
  if (Object.hasOwn(FAMILIES, modelType)) return undefined;
  return `labelwise does not know the model type "${modelType}" of ${name} and runs it as CLIP: probabilities by softmax, texts padded to the longest. If it was trained with a sigmoid or other texts, its results are wrong.`;
}

/** Classes of transformers that lower-case in code: tokenizer.json, which is Gemma's, does not say so. */
const LOWERCASE_TOKENIZERS = /^Siglip2Tokenizer(?:Fast)?$/;

/** The family of a model, with what the class of its tokenizer adds. */
export function familyOf(modelType: string, tokenizerConfig: unknown): Family {
  const family = Object.hasOwn(FAMILIES, modelType) ? (FAMILIES[modelType] as Family) : CONTRASTIVE;
  return LOWERCASE_TOKENIZERS.test(tokenizerClassOf(tokenizerConfig) ?? '') ? { ...family, isLowercase: true } : family;
}

/** tokenizer_config.json's `tokenizer_class`. */
export function tokenizerClassOf(config: unknown): string | undefined {
  if (typeof config !== 'object' || config === null) return undefined;
  return 'tokenizer_class' in config && typeof config.tokenizer_class === 'string' ? config.tokenizer_class : undefined;
}

/** The `model_type`s whose weights run without an export; graphs/families holds a reader for each. */
const RUN_FROM_WEIGHTS = ['clip', 'siglip', 'siglip2', 'chinese_clip', 'metaclip_2', 'altclip', 'align', 'clipseg'] as const;
export type WeightFamily = (typeof RUN_FROM_WEIGHTS)[number] | 'open_clip';

export const isRunFromWeights = (modelType: string): boolean => (RUN_FROM_WEIGHTS as readonly string[]).includes(modelType);

/**
 * Whether sessions open without packing the weights for their products: NaFlex loads in half the time and needs less memory, for 5 % of a batch's time
 * (docs/decisions/weights.md). Its graphs are written so that an embedding does not depend on how many are computed together. With more threads than
 * this it would: ONNX Runtime adds in another order where a thread is left with 64 columns or fewer, and the narrowest NaFlex has 768.
 */
export const opensUnpacked = (modelType: string, threads = 1): boolean => modelType === 'siglip2' && threads <= 8;

/** Model types that people meet and labelwise cannot run from weights, each with the reason. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  jina_clip: 'No published package holds the code of jina-clip, so labelwise cannot be held in step with it: only its ONNX files run.',
  nomic_bert:
    'nomic-embed-text and nomic-embed-vision are two repositories with a tower each, and no published package holds the code of the second.',
  ...{ blip: oneScore('BLIP'), 'blip-2': oneScore('BLIP-2'), vilt: oneScore('ViLT'), bridgetower: oneScore('BridgeTower') },
  ...{ owlvit: boxes('OWL-ViT'), owlv2: boxes('OWLv2'), 'grounding-dino': boxes('Grounding DINO') },
  ...{
    dinov2: IMAGES_ALONE,
    dinov3_vit: IMAGES_ALONE,
    vit: IMAGES_ALONE,
    clip_vision_model: IMAGES_ALONE,
    siglip_vision_model: IMAGES_ALONE,
  },
  ...{ xclip: 'X-CLIP compares texts with videos.', clap: 'CLAP compares texts with sounds.' },
};

/** Why labelwise does not run weights of a model type, where it is known. */
export const whyUnsupported = (modelType: string | undefined): string | undefined =>
  modelType !== undefined && Object.hasOwn(UNSUPPORTED, modelType) ? UNSUPPORTED[modelType] : undefined;

/** config.json's `model_type`, which old CLIP files leave out; undefined without a config.json, or where it is timm's and not transformers'. */
export function modelTypeOf(config: unknown): string | undefined {
  if (typeof config !== 'object' || config === null || isTimmConfig(config)) return undefined;
  return 'model_type' in config && typeof config.model_type === 'string' ? config.model_type : 'clip';
}

const isTimmConfig = (config: object): boolean => !('model_type' in config) && ('architecture' in config || 'pretrained_cfg' in config);

/** The `model_type` of transformers' own weights; undefined where config.json says that its class runs OpenCLIP's model, as Marqo's do. */
export function weightFamilyOf(config: unknown): string | undefined {
  return typeof config === 'object' && config !== null && 'open_clip_model_name' in config ? undefined : modelTypeOf(config);
}
