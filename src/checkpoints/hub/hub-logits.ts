import type { HubClient, HubListing } from '../../hub/hub-client.js';
import type { KnownLogits } from '../checkpoint-folder.js';
import { readTrainedLogits, weightsFilesOf } from '../logit-scale.js';
import { jointModelsOf } from '../onnx/joint-models.js';
import { WEIGHTS_INDEX } from '../safetensors/read-weights.js';

/** The trained scale from the weights on the hub, by byte ranges: the header and 4 bytes, not the 1.7 GB. */
export async function readHubLogits(client: HubClient, listing: HubListing): Promise<KnownLogits | undefined> {
  const paths = listing.files.map((file) => file.path);
  const index = paths.includes(WEIGHTS_INDEX) ? await readIndex(client, listing) : undefined;
  for (const file of weightsFilesOf(paths, index)) {
    const found = await readTrainedLogits(client.rangesOf(listing, file), file);
    if (found) return found;
  }
  return undefined;
}

/** Requests for one joint model: its nodes and the first constants, not a stop at each of some hundred weights. */
const MAX_REQUESTS = 40;

/** Scale and bias from the constants of a joint ONNX model on the hub, where they come early in the file. */
export async function readHubJointLogits(client: HubClient, listing: HubListing): Promise<KnownLogits | undefined> {
  const { traceLogits } = await import('../onnx/joint-logits.js');
  const { readOnnxOutline } = await import('../onnx/read-outline.js');
  const [file] = jointModelsOf(listing.files.map(({ path }) => path));
  const size = listing.files.find(({ path }) => path === file)?.size;
  if (file === undefined || size === undefined) return undefined;
  const read = client.rangesOf(listing, file);
  let requests = 0;
  try {
    const outline = await readOnnxOutline(async (offset, length) => {
      if (++requests > MAX_REQUESTS) throw new Error('too many pieces');
      return read(offset, Math.min(length, size - offset));
    }, size);
    const beside = (location: string) => client.rangesOf(listing, `${file.slice(0, file.lastIndexOf('/') + 1)}${location}`);
    return await traceLogits(outline, (location, use) => use(beside(location)));
  } catch {
    return undefined; // the caller says that the scale is unknown
  }
}

async function readIndex(client: HubClient, listing: HubListing): Promise<unknown> {
  const size = listing.files.find((file) => file.path === WEIGHTS_INDEX)?.size ?? 0;
  const bytes = await client.rangesOf(listing, WEIGHTS_INDEX)(0, size);
  return JSON.parse(new TextDecoder().decode(bytes));
}
