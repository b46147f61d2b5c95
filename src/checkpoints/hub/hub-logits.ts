import type { HubClient, HubListing } from '../../hub/hub-client.js';
import type { KnownLogits } from '../checkpoint-folder.js';
import { readTrainedLogits, weightsFileOf } from '../logit-scale.js';
import { WEIGHTS_INDEX } from '../safetensors/read-weights.js';

/** The trained scale from the weights on the hub, by byte ranges: the header and 4 bytes, not the 1.7 GB. */
export async function readHubLogits(client: HubClient, listing: HubListing): Promise<KnownLogits | undefined> {
  const paths = listing.files.map((file) => file.path);
  const index = paths.includes(WEIGHTS_INDEX) ? await readIndex(client, listing) : undefined;
  const file = weightsFileOf(paths, index);
  return file === undefined ? undefined : readTrainedLogits(client.rangesOf(listing, file), file);
}

async function readIndex(client: HubClient, listing: HubListing): Promise<unknown> {
  const size = listing.files.find((file) => file.path === WEIGHTS_INDEX)?.size ?? 0;
  const bytes = await client.rangesOf(listing, WEIGHTS_INDEX)(0, size);
  return JSON.parse(new TextDecoder().decode(bytes));
}
