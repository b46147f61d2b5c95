/** Keeps labels in LanceDB and finds the nearest ones to a photo there. */
import { buildClassEmbeddings, createLabelSet, loadEncoder, parseTemplate } from 'labelwise';
import { openDatabase, openLabelDatabase } from 'labelwise/store';

export async function searchLabels(
  folder: string,
  photo: string,
  labels: readonly string[],
): Promise<{ label: string; distance: number }[]> {
  await using encoder = await loadEncoder();
  await using database = openDatabase(folder);
  const store = await openLabelDatabase(database);
  if (!(await store.has('things'))) {
    const templates = [parseTemplate('a photo of {a} {}.')];
    await store.save('things', await buildClassEmbeddings(encoder, createLabelSet(labels), { templates }));
  }
  for await (const outcome of encoder.encodeImages([photo])) {
    if ('error' in outcome) throw outcome.error;
    const matches = await store.search('things', encoder.info, outcome.embedding, 3);
    return matches.map(({ label, distance }) => ({ label, distance }));
  }
  return [];
}
