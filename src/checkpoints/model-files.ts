import type { Dtype } from './dtypes.js';

/** ONNX files that run a checkpoint: a tower each, or both in one. */
export type OnnxFiles =
  | { readonly kind: 'split'; readonly image: string; readonly text: string }
  | { readonly kind: 'joint'; readonly model: string };

/** Weights that labelwise writes the graphs for: all shards, and the JSON file that says what they are. */
export interface WeightFiles {
  readonly kind: 'safetensors';
  readonly config: 'config.json' | 'open_clip_config.json';
  readonly weights: readonly string[];
}

/** transformers 5 writes one file for images and texts; earlier versions one for images. Where both are there, the newer decides, as in Python. */
export const PROCESSOR_FILES = ['processor_config.json', 'preprocessor_config.json'] as const;

/** What is run of a checkpoint. */
export type ModelFiles = OnnxFiles | WeightFiles;

/** The files of a checkpoint that are needed, as paths inside it. */
export interface CheckpointFiles {
  readonly dtype: Dtype;
  readonly model: ModelFiles;
  /** What lies beside the model and has to be on disk with it: external data of ONNX files, the index of shards. */
  readonly companions: readonly string[];
  /** JSON files of configuration, preprocessing and text. */
  readonly json: readonly string[];
  /** What the tokenizer is made from: tokenizer.json, or older files. */
  readonly tokenizer: readonly string[];
}

/** The files of Immich's exports beside the towers: OpenCLIP's configuration in three places. */
export const IMMICH = {
  preprocess: 'visual/preprocess_cfg.json',
  tokenizer: 'textual/tokenizer.json',
  tokenizerConfig: 'textual/tokenizer_config.json',
  ...{ image: 'visual/model.onnx', text: 'textual/model.onnx' },
} as const;

/** The files that hold the model itself. */
export function modelPaths(model: ModelFiles): readonly string[] {
  if (model.kind === 'safetensors') return model.weights;
  return model.kind === 'split' ? [model.image, model.text] : [model.model];
}

/** Every path that has to be on disk, in the order to fetch them: what the rest needs comes first, the configuration last. */
export function allPaths(files: CheckpointFiles): string[] {
  return [...files.companions, ...modelPaths(files.model), ...files.tokenizer, ...files.json.toReversed()];
}
