import { join } from 'node:path';
import { z } from 'zod';
import { fingerprint } from '../../core/fingerprint.js';
import type { Scoring } from '../../core/scoring.js';
import { LabelwiseError } from '../../errors.js';
import { type ImageTransform, parseImageTransform } from '../preprocess/image-transform.js';
import type { CheckpointFolder, KnownLogits } from './checkpoint-folder.js';
import { type OnnxFiles, onnxPaths } from './choose-files.js';
import type { Dtype } from './dtypes.js';
import { familyOf } from './families.js';
import { hashFiles } from './file-hashes.js';
import { readJson, readJsonIfThere } from './json-file.js';

/** All facts that are needed to run a checkpoint, read from its JSON files. */
export interface Manifest {
  readonly name: string;
  readonly source: CheckpointFolder['source'];
  readonly revision: string | undefined;
  readonly folder: string;
  /** config.json's model_type. */
  readonly modelType: string;
  readonly dtype: Dtype;
  readonly onnx: OnnxFiles;
  readonly imageTransform: ImageTransform;
  readonly scoring: Scoring;
  /** Undefined when no file says: it is then solved from the joint model, given by the user, or assumed with a warning. */
  readonly logits: KnownLogits | undefined;
  /** False when a text's embedding depends on its neighbours in the batch: dynamic int8 takes one range for all of them. */
  readonly isTextBatchInvariant: boolean;
  readonly text: TextFiles;
  /** Changes whenever an embedding would: the content of the weights, tokenizer and preprocessing, and the rules of this program. */
  readonly fingerprint: string;
}

/** What the text side needs to make its tokenizer, read but not yet built: it costs time that an image alone need not wait for. */
export interface TextFiles {
  readonly folder: string;
  readonly textConfig: unknown;
  readonly tokenizerConfig: unknown;
  readonly family: ReturnType<typeof familyOf>;
}

/** Raised when this program changes how it makes embeddings from the same files. */
const ENCODING_VERSION = 1;

const configSchema = z.looseObject({
  model_type: z.string().default('clip'),
  text_config: z.looseObject({}).nullish(),
  logit_scale: z.number().positive().optional(),
  logit_bias: z.number().optional(),
  batch_invariant: z.object({ text: z.boolean() }).optional(),
});

const DYNAMICALLY_QUANTIZED: readonly Dtype[] = ['int8', 'uint8', 'q8'];

/** Reads a checkpoint's manifest. `home` keeps the hashes of large files. */
export async function readManifest(checkpoint: CheckpointFolder, home: string): Promise<Manifest> {
  const { folder, files, name } = checkpoint;
  const [configJson, preprocessorJson, tokenizerConfig] = await Promise.all([
    readJson(folder, 'config.json'),
    readJson(folder, 'preprocessor_config.json'),
    readJsonIfThere(folder, 'tokenizer_config.json'),
  ]);
  const config = configSchema.safeParse(configJson);
  if (!config.success) {
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `${name}: config.json: ${config.error.issues[0]?.path.join('.')}: ${config.error.issues[0]?.message}.`,
    );
  }
  const { model_type: modelType, logit_scale: logitScale, logit_bias: logitBias = 0 } = config.data;
  const imageTransform = parseImageTransform(preprocessorJson);
  const weights = [...onnxPaths(files.onnx), ...files.externalData, 'tokenizer.json'];
  const hashes = await hashFiles(
    weights.map((path) => join(folder, path)),
    home,
  );
  const family = familyOf(modelType);
  return {
    name,
    source: checkpoint.source,
    revision: checkpoint.revision,
    folder,
    modelType,
    dtype: files.dtype,
    onnx: files.onnx,
    imageTransform,
    scoring: family.scoring,
    logits: logitScale === undefined ? checkpoint.logits : { logitScale, logitBias, source: 'config' },
    isTextBatchInvariant: config.data.batch_invariant?.text ?? !DYNAMICALLY_QUANTIZED.includes(files.dtype),
    text: { folder, textConfig: config.data.text_config ?? configJson, tokenizerConfig, family },
    fingerprint: fingerprint([ENCODING_VERSION, hashes, imageTransform, tokenizerConfig ?? null, family]),
  };
}
