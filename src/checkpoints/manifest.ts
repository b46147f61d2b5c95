import { join } from 'node:path';
import { z } from 'zod';
import { fingerprint } from '../core/fingerprint.js';
import type { Scoring } from '../core/scoring.js';
import { readJson, readJsonIfThere } from '../files/json-file.js';
import { parseJsonFile } from '../files/parse-json-file.js';
import { hashFiles } from '../hub/file-hashes.js';
import { type ImageTransform, parseImageTransform } from '../images/image-transform.js';
import type { CheckpointFolder, KnownLogits } from './checkpoint-folder.js';
import type { Dtype } from './dtypes.js';
import { type Family, familyOf } from './families.js';
import { type CheckpointFiles, IMMICH, type ModelFiles, modelPaths } from './model-files.js';
import { haveDynamicRanges } from './onnx/dynamic-ranges.js';
import { openClipConfig } from './open-clip-config.js';
import { readImageTransform } from './read-image-transform.js';
import { changesOfTokens, readTokenFiles } from './token-files.js';
import { chooseTokenizerClass, type TokenizerClass } from './tokenizer-class.js';

/** All facts needed to run a checkpoint, read from its JSON files. */
export interface Manifest {
  readonly name: string;
  readonly source: CheckpointFolder['source'];
  readonly revision: string | undefined;
  readonly folder: string;
  /** config.json's model_type. */
  readonly modelType: string;
  readonly dtype: Dtype;
  readonly model: ModelFiles;
  /** Files beside the model: external data of ONNX files, the index of shards. */
  readonly companions: readonly string[];
  /** The configuration from which labelwise writes graphs for safetensors. */
  readonly config: unknown;
  readonly imageTransform: ImageTransform;
  readonly scoring: Scoring;
  /** Undefined if no file states it. It then comes from the joint model or the user, or is assumed with a warning. */
  readonly logits: KnownLogits | undefined;
  /** False if an embedding would depend on its neighbours in a batch, because dynamic int8 uses one range for all of them. */
  readonly isBatchInvariant: boolean;
  readonly text: TextFiles;
  /** Changes whenever an embedding would change. It covers the weights, the tokenizer, the preprocessing and labelwise's own rules. */
  readonly fingerprint: string;
}

/** What the text side needs to make its tokenizer, read but not yet built: it costs time that an image alone need not wait for. */
export interface TextFiles {
  readonly folder: string;
  /** What the tokenizer is made from. */
  readonly tokenizerFiles: readonly string[];
  readonly modelType: string;
  readonly textConfig: unknown;
  readonly tokenizerConfig: unknown;
  readonly specialTokensMap: unknown;
  readonly addedTokens: unknown;
  /** What reads them in transformers. */
  readonly tokenizerClass: TokenizerClass;
  readonly family: Family;
}

/** Raised when `models quantize` makes other values from the same weights. */
export const QUANTIZER_VERSION = 2;

/** Raised when this program changes how it makes embeddings from the same files. */
const ENCODING_VERSION = 1;

const configSchema = z.looseObject({
  model_type: z.string().default('clip'),
  tokenizer_class: z.unknown().optional(),
  text_config: z.looseObject({}).nullish(),
  text_config_dict: z.looseObject({}).nullish(), // older, and decides where both are there
  logit_scale: z.number().positive().optional(),
  logit_bias: z.number().optional(),
});

const DYNAMICALLY_QUANTIZED: readonly Dtype[] = ['int8', 'uint8', 'q8'];

/** Reads a checkpoint's manifest. `home` keeps the hashes of large files. */
export async function readManifest(checkpoint: CheckpointFolder, home: string): Promise<Manifest> {
  const { folder, files, name } = checkpoint;
  const isImmich = files.json.includes(IMMICH.preprocess);
  const tokenizerConfig = await readJsonIfThere(folder, isImmich ? IMMICH.tokenizerConfig : 'tokenizer_config.json');
  const { config, imageTransform, rawConfig, family: ownFamily } = await readConfiguration(folder, files);
  const facts = parseJsonFile(configSchema, config, `${name}: config.json`);
  const { model_type: modelType, logit_scale: logitScale, logit_bias: logitBias } = facts;
  const contents = [...modelPaths(files.model), ...files.companions, ...files.tokenizer];
  const hashes = await hashFiles(
    contents.map((path) => join(folder, path)),
    home,
  );
  const family = ownFamily ?? familyOf(modelType, tokenizerConfig);
  const isWritten = files.model.kind === 'safetensors';
  const tokens = isImmich ? {} : await readTokenFiles(folder, tokenizerConfig);
  const sources = { modelType, tokenizerConfig, modelTokenizerClass: facts.tokenizer_class };
  const tokenizerClass = isImmich ? 'file' : chooseTokenizerClass(sources);
  const isBatchInvariant = isWritten || !(await hasRangeOfBatch(checkpoint, modelType, { hashes, home }));
  const alone = isBatchInvariant ? [] : ['images run one at a time'];
  const own = isWritten ? [{ config: rawConfig, dtype: files.dtype, version: files.dtype === 'int8' ? QUANTIZER_VERSION : 0 }] : [];
  return {
    name,
    source: checkpoint.source,
    revision: checkpoint.revision,
    folder,
    modelType,
    dtype: files.dtype,
    model: files.model,
    companions: files.companions,
    config: rawConfig,
    imageTransform,
    scoring: family.scoring,
    logits: logitScale === undefined ? checkpoint.logits : { logitScale, logitBias, source: 'config' },
    isBatchInvariant,
    text: {
      folder,
      tokenizerFiles: files.tokenizer,
      modelType,
      textConfig: facts.text_config_dict ?? facts.text_config ?? config,
      tokenizerConfig,
      specialTokensMap: tokens.specialTokensMap,
      addedTokens: tokens.addedTokens,
      tokenizerClass,
      family,
    },
    fingerprint: fingerprint([
      ...[ENCODING_VERSION, hashes, imageTransform, tokenizerConfig ?? null, nameOfFamily(family), ...own, ...alone],
      ...changesOfTokens(tokens, tokenizerConfig, tokenizerClass),
    ]),
  };
}

/** Whether ONNX files quantise a batch by one range: their names or their operators show it. The embedded model's ranges are fixed. */
async function hasRangeOfBatch(
  { folder, files }: CheckpointFolder,
  modelType: string,
  { hashes, home }: { readonly hashes: readonly string[]; readonly home: string },
): Promise<boolean> {
  if (modelType === 'pocket') return false;
  if (DYNAMICALLY_QUANTIZED.includes(files.dtype)) return true;
  const paths = modelPaths(files.model);
  return haveDynamicRanges(
    paths.map((path, i) => ({ path: join(folder, path), hash: hashes[i] as string })), // the hashes begin with those of the model
    home,
  );
}

/** A family as earlier versions knew it: how a text is cleaned changes no image, and images need not be indexed again for it. */
function nameOfFamily({ cleaning, ...family }: Family): object {
  return cleaning === undefined ? family : { ...family, collapsesWhitespace: true };
}

interface Configuration {
  readonly config: unknown;
  readonly imageTransform: ImageTransform;
  readonly rawConfig: unknown;
  /** Set where the configuration states what is otherwise known of the family. */
  readonly family?: Family;
}

/** config.json and the image processor's file, or what OpenCLIP's one file says in their place: it decides for OpenCLIP's weights. */
async function readConfiguration(folder: string, { json }: CheckpointFiles): Promise<Configuration> {
  if (json.includes('open_clip_config.json')) {
    const rawConfig = await readJson(folder, 'open_clip_config.json');
    const { config, preprocessor, family } = openClipConfig(rawConfig);
    return { config, imageTransform: parseImageTransform(preprocessor, 'open_clip_config.json'), rawConfig, family };
  }
  if (json.includes(IMMICH.preprocess)) {
    const [model, preprocess] = await Promise.all([readJson(folder, 'config.json'), readJson(folder, IMMICH.preprocess)]);
    const rawConfig = { model_cfg: model, preprocess_cfg: preprocess };
    const { config, preprocessor, family } = openClipConfig(rawConfig);
    const { padTokenId: _, ...padsByItself } = family; // Immich pads with the tokenizer's own token
    const cleaning = family.cleaning === 'canonicalize' ? 'immich-canonical' : 'immich';
    const imageTransform = parseImageTransform(preprocessor, IMMICH.preprocess);
    return { config, imageTransform, rawConfig, family: { ...padsByItself, cleaning } };
  }
  const config = await readJson(folder, 'config.json');
  return { config, imageTransform: await readImageTransform(folder, config), rawConfig: config };
}
