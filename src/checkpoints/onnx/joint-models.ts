import { DTYPE_SUFFIXES } from '../dtypes.js';

/** The joint models in a listing, which compute logits; float32 first. */
export function jointModelsOf(listing: readonly string[]): string[] {
  const names = Object.values(DTYPE_SUFFIXES).flatMap((suffixes) =>
    suffixes.flatMap((suffix) => [`onnx/model${suffix}.onnx`, `model${suffix}.onnx`]),
  );
  return [...new Set(names)].filter((path) => listing.includes(path));
}
