import type { Manifest } from '../checkpoints/manifest.js';
import type { GraphRoom, PreparedGraphs } from './prepare-graphs.js';

/** The graphs that run a manifest's weights, or their int8 copy. */
export async function graphsOf(manifest: Manifest, room: GraphRoom): Promise<PreparedGraphs> {
  if (manifest.dtype === 'int8') return (await import('./quantize/int8-copy.js')).openInt8Copy(manifest, room);
  return (await import('./prepare-graphs.js')).prepareGraphs(manifest, room);
}
