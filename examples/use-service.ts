import { type Client, createClient } from 'labelwise/client';

/** Sends a photo to a service (`labelwise serve`), finds it by words, corrects its tags, takes the correction back, and removes it. */
export async function useService(address: string, photo: Blob): Promise<string[]> {
  const client: Client = createClient({ baseUrl: address });
  const { results } = await client.addImages({ image: [photo] });
  const [added] = results;
  if (added === undefined || 'error' in added) throw new Error(added?.error.message);
  const { images } = await client.search({ query: 'a rocket', topK: 1 });
  const { corrections } = await client.correctTags({ id: added.id, add: ['space'] });
  const { tags } = await client.getImage({ id: added.id });
  for (const { id: correction } of corrections) await client.undoCorrection({ id: added.id, correction });
  const { deletedFiles } = await client.removeImage({ id: added.id });
  return [`found ${images[0]?.id === added.id}`, `tags ${tags.map(({ tag }) => tag).join(', ')}`, `deleted ${deletedFiles}`];
}
