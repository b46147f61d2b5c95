import type { StoredImage } from '../../core/collection.js';
import { formatBytes } from '../../files/format-bytes.js';
import { DEFAULT_IMAGE_LIMITS } from '../../images/read-image.js';
import type { HtmlFile } from '../../pages/html-file.js';
import type { Run } from '../context.js';
import type { CliIo } from '../io.js';
import { toPublicImage } from './export-rows.js';
import { paint } from './paint.js';
import { createPictureSheet } from './picture-sheet.js';
import type { RowRenderers } from './rows.js';
import { shortenPath } from './show-path.js';
import { renderTable } from './table.js';

/** Images that are alike, the one with most pixels first. */
export interface DuplicateRow {
  readonly group: number;
  readonly images: readonly (StoredImage & { readonly similarity: number })[];
}

export function duplicateRenderers(io: CliIo): RowRenderers<DuplicateRow> {
  const bold = paint(io, 'bold', io.stdout);
  return {
    csvHeader: ['group', 'rank', 'path', 'similarity', 'width', 'height', 'size', 'takenAt', 'contentHash'],
    csv: ({ group, images }) =>
      images.map((image, i) => [
        group,
        i + 1,
        image.path,
        image.similarity,
        image.width,
        image.height,
        image.sizeBytes,
        image.takenAt,
        image.imageId,
      ]),
    json: ({ group, images }) => ({ group, images: images.map((image) => ({ ...toPublicImage(image), similarity: image.similarity })) }),
    human: ({ group, images }) => [
      bold(`group ${group}: ${images.length} images`),
      ...renderTable(
        ['similarity', 'pixels', 'size', 'taken', 'path'],
        images.map((image) => [
          image.similarity.toFixed(4),
          `${image.width} x ${image.height}`,
          formatBytes(image.sizeBytes),
          image.takenAt?.slice(0, 10) ?? '',
          shortenPath(image.path, io.cwd),
        ]),
        [0, 1, 2],
      ),
      '',
    ],
  };
}

/** The preview page: a heading and the pictures of each group. */
export async function writeDuplicatesPage(
  file: HtmlFile,
  groups: readonly DuplicateRow[],
  { run, minSimilarity }: { run: Run; minSimilarity: number },
): Promise<void> {
  const total = groups.reduce((sum, { images }) => sum + images.length, 0);
  const text = {
    title: 'Images that are nearly the same',
    intro: `${total} images in ${groups.length} groups, from a similarity of ${minSimilarity}. The one with most pixels comes first.`,
    footer: 'Made by labelwise. Similarity is the cosine to the image of the group that is most like it. Nothing was deleted.',
  };
  const sheet = await createPictureSheet(file, text, { run, limits: DEFAULT_IMAGE_LIMITS });
  for (const { group, images } of groups) {
    await sheet.heading(`Group ${group}: ${images.length} images`);
    for (const [i, image] of images.entries()) {
      const isCopy = i > 0 && image.imageId === images[0]?.imageId;
      const likeness = isCopy ? 'the same bytes as the first' : `similarity ${image.similarity.toFixed(3)}`;
      const facts = [`${image.width} x ${image.height}`, formatBytes(image.sizeBytes), likeness];
      await sheet.add({ path: image.path, facts: image.takenAt === undefined ? facts : [...facts, image.takenAt.slice(0, 10)] });
    }
  }
  await sheet.end(groups.length === 0 ? 'No two images are that similar.' : undefined);
}
