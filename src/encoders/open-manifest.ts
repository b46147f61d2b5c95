import { labelwiseHome } from '../config/labelwise-home.js';
import { readHubSettings } from '../hub/hub-settings.js';
import { type Manifest, readManifest } from './checkpoint/manifest.js';
import { EMBEDDED_MODEL, resolveCheckpoint } from './checkpoint/resolve-checkpoint.js';
import type { LoadEncoderOptions } from './load-encoder.js';

/** Brings a checkpoint to disk and reads its facts; no weights are loaded. `refresh` asks the hub for what is new. */
export async function openManifest(options: LoadEncoderOptions & { readonly refresh?: boolean }): Promise<Manifest> {
  const home = options.home ?? labelwiseHome();
  const checkpoint = await resolveCheckpoint(options.model ?? EMBEDDED_MODEL, {
    settings: readHubSettings(),
    home,
    dtype: options.dtype,
    onnx: options.onnx,
    signal: options.signal,
    refresh: options.refresh,
    onDownload: options.onDownload,
  });
  return readManifest(checkpoint, home);
}
