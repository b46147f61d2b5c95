import { DTYPE_SUFFIXES, DTYPES, type Dtype } from './dtypes.js';
import { IMMICH, type OnnxFiles } from './model-files.js';

/** The dtypes for which both towers are there. */
export function availableDtypes(listing: readonly string[]): Dtype[] {
  return DTYPES.filter((dtype) => findOnnx(listing, dtype) !== undefined);
}

/** The ONNX files of a dtype. Split towers are preferred to the joint model, which has to run both for either. */
export function findOnnx(listing: readonly string[], dtype: Dtype): OnnxFiles | undefined {
  const paths = new Set(listing);
  for (const suffix of DTYPE_SUFFIXES[dtype]) {
    for (const folder of ['onnx/', '']) {
      const image = `${folder}vision_model${suffix}.onnx`;
      const text = `${folder}text_model${suffix}.onnx`;
      if (paths.has(image) && paths.has(text)) return { kind: 'split', image, text };
    }
  }
  if (dtype === 'fp32' && paths.has(IMMICH.image) && paths.has(IMMICH.text))
    return { kind: 'split', image: IMMICH.image, text: IMMICH.text };
  for (const suffix of DTYPE_SUFFIXES[dtype]) {
    for (const folder of ['onnx/', '']) {
      const model = `${folder}model${suffix}.onnx`;
      if (paths.has(model)) return { kind: 'joint', model };
    }
  }
  return undefined;
}

/** Weights that exporters put beside a graph: model.onnx_data, model.onnx_data_1, model.onnx.data. */
export function externalDataOf(graphs: readonly string[], listing: readonly string[]): string[] {
  return listing.filter((path) => graphs.some((graph) => path.startsWith(`${graph}_data`) || path.startsWith(`${graph}.data`))).sort();
}
