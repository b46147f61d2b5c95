import { ownDate } from '../core/own-date.js';
import { formatBytes } from '../files/format-bytes.js';
import type { IndexedPlaces } from '../ingest/indexed-source.js';
import { type Duplicate, type DuplicateGroup, KEEP_RULE } from '../tasks/find-duplicates.js';
import type { HtmlFile } from './html-file.js';
import { createPictureSheet } from './picture-sheet.js';

/** Writes a page with a heading and the pictures of each group. */
export async function writeDuplicatesPage(
  file: HtmlFile,
  groups: readonly DuplicateGroup[],
  { minSimilarity, ...places }: IndexedPlaces & { minSimilarity: number },
): Promise<void> {
  const total = groups.reduce((sum, { images }) => sum + images.length, 0);
  const text = {
    title: 'Images that are nearly the same',
    intro: `${total} images in ${groups.length} groups, from a similarity of ${minSimilarity}. ${KEEP_RULE}`,
    footer: `Made by labelwise. Similarity is the cosine of an image and the first of its group. Where it is below ${minSimilarity}, the image is that similar to another image of the group. Nothing was deleted.`,
  };
  const sheet = await createPictureSheet(file, text, places);
  for (const { group, images } of groups) {
    await sheet.heading(`Group ${group}: ${images.length} images`);
    for (const image of images) {
      const facts = [
        `${image.width} x ${image.height}`,
        formatBytes(image.sizeBytes),
        likenessOf(image, images[0]),
        ownDate(image)?.slice(0, 10),
      ];
      await sheet.add({ path: image.path, alsoAt: image.alsoAt, facts: facts.filter((fact) => fact !== undefined) });
    }
  }
  await sheet.end(groups.length === 0 ? 'No two images are that similar.' : undefined);
}

function likenessOf(image: Duplicate, first: Duplicate | undefined): string {
  if (image === first) return 'the one to keep';
  return image.contentHash === first?.contentHash
    ? 'the same bytes as the first'
    : `similarity to the first ${image.similarity.toFixed(3)}`;
}
