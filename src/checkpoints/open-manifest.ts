import type { DownloadProgress } from '../hub/download-files.js';
import type { Surroundings } from '../hub/surroundings.js';
import { EMBEDDED_MODEL } from './checkpoint-folder.js';
import type { Dtype } from './dtypes.js';
import { type Manifest, readManifest } from './manifest.js';
import { resolveCheckpoint } from './resolve-checkpoint.js';

/** Which checkpoint, and in which form. */
export interface CheckpointOptions {
  /** "pocket" (embedded, the default), a folder in the hub's layout, or `owner/name[@revision]`. */
  readonly model?: string | undefined;
  readonly dtype?: Dtype | undefined;
  /** Run the checkpoint's ONNX files even if labelwise can run its weights directly. */
  readonly onnx?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
}

/** Downloads a checkpoint if necessary and reads its facts. No weights are loaded. `refresh` checks the hub for changes. */
export async function openManifest(options: CheckpointOptions & Surroundings & { readonly refresh?: boolean }): Promise<Manifest> {
  const checkpoint = await resolveCheckpoint(options.model ?? EMBEDDED_MODEL, {
    settings: options.hub,
    home: options.home,
    cwd: options.cwd,
    dtype: options.dtype,
    onnx: options.onnx,
    signal: options.signal,
    refresh: options.refresh,
    onDownload: options.onDownload,
  });
  return readManifest(checkpoint, options.home);
}
