import { LabelwiseError } from '../../errors.js';
import { DTYPE_SUFFIXES, DTYPES, type Dtype } from './dtypes.js';

/** The ONNX files that run a checkpoint: a tower each, or both in one. */
export type OnnxFiles =
  | { readonly kind: 'split'; readonly image: string; readonly text: string }
  | { readonly kind: 'joint'; readonly model: string };

/** The files of a checkpoint that are needed, as paths inside it. */
export interface CheckpointFiles {
  readonly dtype: Dtype;
  readonly onnx: OnnxFiles;
  /** Weights that lie beside the ONNX files; to be on disk before them. */
  readonly externalData: readonly string[];
}

/** JSON files that a checkpoint must have, and those that help. */
export const REQUIRED_JSON = ['config.json', 'preprocessor_config.json', 'tokenizer.json'] as const;
export const OPTIONAL_JSON = ['tokenizer_config.json'] as const;

/** All ONNX paths of a choice, without their external data. */
export function onnxPaths(onnx: OnnxFiles): string[] {
  return onnx.kind === 'split' ? [onnx.image, onnx.text] : [onnx.model];
}

/** Every path that has to be on disk, in the order to fetch them: what the rest needs comes first, config.json last. */
export function allPaths(files: CheckpointFiles, listing: readonly string[]): string[] {
  const json = [...OPTIONAL_JSON, ...REQUIRED_JSON.toReversed()].filter((path) => listing.includes(path));
  return [...files.externalData, ...onnxPaths(files.onnx), ...json];
}

/** Whether the listing has ONNX files that labelwise knows how to name. */
export function hasOnnx(listing: readonly string[]): boolean {
  return availableDtypes(listing).length > 0;
}

/** The dtypes for which both towers are there. */
export function availableDtypes(listing: readonly string[]): Dtype[] {
  return DTYPES.filter((dtype) => findOnnx(listing, dtype) !== undefined);
}

/**
 * Picks the files to run. Split towers are preferred to the joint model, which has to run both for either.
 *
 * @throws LabelwiseError `CHECKPOINT_INCOMPLETE` with what is missing, or `DTYPE_UNAVAILABLE` with what there is
 */
export function chooseFiles(name: string, listing: readonly string[], dtype: Dtype | undefined): CheckpointFiles {
  const missing = REQUIRED_JSON.filter((path) => !listing.includes(path));
  if (missing.length > 0) throw incomplete(name, missing.join(', '), 'A checkpoint has the layout of its repository on the hub.');
  const available = availableDtypes(listing);
  const chosen = dtype ?? available[0];
  if (chosen === undefined) throw noOnnx(name, listing);
  const onnx = findOnnx(listing, chosen);
  if (onnx === undefined) {
    if (available.length === 0) throw noOnnx(name, listing);
    throw new LabelwiseError('DTYPE_UNAVAILABLE', `${name} has no ONNX files of dtype ${chosen}, only ${available.join(', ')}.`, {
      hint: `Ask for one of them, for example --dtype ${available[0]}.`,
    });
  }
  const externalData = listing.filter((path) => onnxPaths(onnx).some((graph) => isExternalDataOf(path, graph))).sort();
  return { dtype: chosen, onnx, externalData };
}

function findOnnx(listing: readonly string[], dtype: Dtype): OnnxFiles | undefined {
  const paths = new Set(listing);
  for (const suffix of DTYPE_SUFFIXES[dtype]) {
    for (const folder of ['onnx/', '']) {
      const image = `${folder}vision_model${suffix}.onnx`;
      const text = `${folder}text_model${suffix}.onnx`;
      if (paths.has(image) && paths.has(text)) return { kind: 'split', image, text };
    }
  }
  for (const suffix of DTYPE_SUFFIXES[dtype]) {
    for (const folder of ['onnx/', '']) {
      const model = `${folder}model${suffix}.onnx`;
      if (paths.has(model)) return { kind: 'joint', model };
    }
  }
  return undefined;
}

/** The names that exporters give: model.onnx_data, model.onnx_data_1, model.onnx.data. */
function isExternalDataOf(path: string, graph: string): boolean {
  return path.startsWith(`${graph}_data`) || path.startsWith(`${graph}.data`);
}

function noOnnx(name: string, listing: readonly string[]): LabelwiseError {
  const tower = listing.find((path) => /(?:vision|text)_model[^/]*\.onnx$/.test(path));
  if (tower) return incomplete(name, `the ONNX file of the other tower (there is ${tower} alone)`, 'Export or download both towers.');
  const weights = listing.some((path) => path.endsWith('.safetensors') || path.endsWith('.bin'));
  return incomplete(
    name,
    'ONNX files (onnx/vision_model.onnx and onnx/text_model.onnx, or onnx/model.onnx)',
    weights
      ? 'It has weights and no ONNX export: look for an export on the hub (onnx-community, Xenova), or make one with optimum-cli.'
      : 'Is this the folder of a checkpoint?',
  );
}

function incomplete(name: string, what: string, hint: string): LabelwiseError {
  return new LabelwiseError('CHECKPOINT_INCOMPLETE', `${name} lacks ${what}.`, { hint });
}
