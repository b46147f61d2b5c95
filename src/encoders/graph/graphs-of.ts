import type { Manifest } from '../checkpoint/manifest.js';
import type { PreparedGraphs } from './prepare-graphs.js';

/** The graphs that run a manifest's weights, or their int8 copy. */
export async function graphsOf(manifest: Manifest, home: string): Promise<PreparedGraphs> {
  if (manifest.dtype === 'int8') return (await import('../quantize/int8-copy.js')).openInt8Copy(manifest, home);
  return (await import('./prepare-graphs.js')).prepareGraphs(manifest, home);
}
