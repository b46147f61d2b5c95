import { LabelwiseError } from '../errors.js';
import { incompletePackage } from '../files/package-root.js';
import { EMBEDDED_MODEL } from './checkpoint-folder.js';
import { availableDtypes, externalDataOf, findOnnx } from './choose-onnx.js';
import { findWeights } from './choose-weights.js';
import type { Dtype } from './dtypes.js';
import { whyUnsupported } from './families.js';
import { type CheckpointFiles, IMMICH, modelPaths, type OnnxFiles, PROCESSOR_FILES, type WeightFiles } from './model-files.js';
import { WEIGHTS_INDEX } from './safetensors/read-weights.js';
import { LEGACY_TOKEN_FILES } from './token-files.js';
import { findTokenizer } from './tokenizer-files.js';

export interface FileChoice {
  readonly dtype?: Dtype | undefined;
  /** Take the repository's ONNX files even where its weights could be run as they are. */
  readonly onnx?: boolean | undefined;
  /** config.json's `model_type`; undefined where there is no config.json, or it does not describe weights of transformers. */
  readonly modelType: string | undefined;
}

/** The dtypes that labelwise makes from weights: as trained, computed in float32, or quantised by `models quantize`. */
const OWN_DTYPES: readonly (Dtype | undefined)[] = [undefined, 'fp32', 'int8'];

/** Whether anything in the listing can be run. */
export function isRunnable(listing: readonly string[], choice: FileChoice): boolean {
  return (!choice.onnx && findWeights(listing, choice.modelType) !== undefined) || availableDtypes(listing).length > 0;
}

/**
 * Picks the files to run. Weights that labelwise writes the graphs for go before an export (they load and run faster, see
 * docs/reference/benchmarks.md), unless `onnx` or a dtype asks for the export.
 *
 * @throws LabelwiseError `CHECKPOINT_INCOMPLETE` with what is missing, or `DTYPE_UNAVAILABLE` with what there is
 */
export function chooseFiles(name: string, listing: readonly string[], choice: FileChoice): CheckpointFiles {
  const { dtype } = choice;
  const weights = choice.onnx ? undefined : findWeights(listing, choice.modelType);
  const own = weights && OWN_DTYPES.includes(dtype) ? weights : undefined;
  refusePickleAlone(name, listing, choice);
  const text = textFilesOf(name, listing, own?.config ?? (listing.includes(IMMICH.image) ? IMMICH.preprocess : 'config.json'));
  if (own) {
    const companions = listing.filter((path) => path === WEIGHTS_INDEX && own.weights.length > 1);
    return { dtype: dtype ?? 'fp32', model: own, companions, ...text };
  }
  const onnx = chooseOnnx(name, listing, choice, weights !== undefined);
  return { ...onnx, companions: externalDataOf(modelPaths(onnx.model), listing), ...text };
}

function chooseOnnx(
  name: string,
  listing: readonly string[],
  { dtype: wanted, modelType }: FileChoice,
  hasWeights: boolean,
): { dtype: Dtype; model: OnnxFiles } {
  const available = availableDtypes(listing);
  const dtype = wanted ?? available[0];
  const model = dtype && findOnnx(listing, dtype);
  if (dtype && model) return { dtype, model };
  if (available.length === 0 && !hasWeights) throw nothingToRun(name, listing, modelType);
  const there = hasWeights ? [...available, 'fp32 from its weights', 'int8 after "labelwise models quantize"'] : available;
  throw new LabelwiseError('DTYPE_UNAVAILABLE', `${name} has no ONNX files of dtype ${dtype ?? 'fp32'}, only ${there.join(', ')}.`, {
    hint: hasWeights ? 'Leave `dtype` out to run the weights themselves.' : `Set \`dtype\` to one of them, for example ${available[0]}.`,
  });
}

/** The JSON files to read, those that are needed and those that help where they are there, and the tokenizer's. */
function textFilesOf(
  name: string,
  listing: readonly string[],
  config: WeightFiles['config'] | typeof IMMICH.preprocess,
): Pick<CheckpointFiles, 'json' | 'tokenizer'> {
  const isImmich = config === IMMICH.preprocess;
  const processors = config === 'config.json' ? PROCESSOR_FILES.filter((path) => listing.includes(path)) : [];
  const hasProcessor = config !== 'config.json' || processors.length > 0;
  const tokenizer = isImmich ? [IMMICH.tokenizer] : (findTokenizer(listing) ?? ['tokenizer.json']);
  const required = [...(isImmich ? ['config.json'] : []), config, ...(hasProcessor ? processors : ['preprocessor_config.json'])];
  const missing = [...required, ...tokenizer].filter((path) => !listing.includes(path));
  if (missing.length > 0) throw incomplete(name, missing.join(', '), 'A checkpoint has the layout of its repository on the hub.');
  const tokenizerConfig = isImmich ? IMMICH.tokenizerConfig : 'tokenizer_config.json';
  const helpful = [tokenizerConfig, ...(isImmich ? [] : LEGACY_TOKEN_FILES)];
  return { json: [...required, ...helpful.filter((path) => listing.includes(path))], tokenizer };
}

/** Before anything that is missing is named: more files would not help. */
function refusePickleAlone(name: string, listing: readonly string[], choice: FileChoice): void {
  if (isRunnable(listing, choice) || listing.some((path) => /\.(?:safetensors|onnx)$/.test(path))) return;
  const pickle = listing.find((path) => /\.(?:bin|pt|pth|ckpt)$/.test(path));
  if (pickle) throw new PickleOnlyError(name, pickle);
}

function nothingToRun(name: string, listing: readonly string[], modelType: string | undefined): LabelwiseError {
  const tower = listing.find((path) => /(?:vision|text)_model[^/]*\.onnx$/.test(path));
  if (tower) return incomplete(name, `the ONNX file of the other tower (there is ${tower} alone)`, 'Export or download both towers.');
  const what = 'model.safetensors of a family that labelwise knows, or ONNX files (onnx/vision_model.onnx and onnx/text_model.onnx)';
  if (listing.some((path) => path.endsWith('.safetensors'))) {
    const why = whyUnsupported(modelType) ?? `Its weights are of the family "${modelType ?? 'unknown'}", which labelwise does not know.`;
    return incomplete(name, what, `${why} Look for an ONNX export on the hub (onnx-community, Xenova), or make one with optimum-cli.`);
  }
  if (listing.some((path) => path.endsWith('.gguf')))
    return incomplete(name, what, 'labelwise does not read GGUF files: use the repository that they were made from.');
  return incomplete(name, what, 'Is this the folder of a checkpoint?');
}

/** A checkpoint of pickle files alone: reading one runs whatever code is in it, so that is never done. */
export class PickleOnlyError extends LabelwiseError {
  constructor(name: string, file: string, revision?: string) {
    super(
      'CHECKPOINT_UNSUPPORTED',
      `${name} has its weights in ${file} alone: pickle files can run code when they are read, and are never read here.`,
      {
        hint: revision
          ? `The hub holds them as safetensors in another revision: use the model ${name}@${revision}.`
          : 'Look for a revision with model.safetensors (the hub makes them as pull requests: NAME@refs/pr/NUMBER), or save it with safe_serialization=True in Python.',
      },
    );
    this.file = file;
  }

  readonly file: string;
}

function incomplete(name: string, what: string, hint: string): LabelwiseError {
  if (name === EMBEDDED_MODEL) return incompletePackage(`The embedded model lacks ${what}`);
  return new LabelwiseError('CHECKPOINT_INCOMPLETE', `${name} lacks ${what}.`, { hint });
}
