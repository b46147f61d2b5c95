import { formatBytes } from '../../files/format-bytes.js';
import { DEFAULT_IMAGE_LIMITS } from '../../images/read-image.js';
import type { HtmlFile } from '../../pages/html-file.js';
import { toPublicImage } from '../../tasks/export/export-rows.js';
import { type Duplicate, type DuplicateGroup, KEEP_RULE } from '../../tasks/find-duplicates.js';
import type { Run } from '../context.js';
import type { CliIo } from '../io.js';
import { paint } from './paint.js';
import { createPictureSheet } from './picture-sheet.js';
import type { RowRenderers } from './rows.js';
import { shortenPath } from './show-path.js';
import { renderTable } from './table.js';

export function duplicateRenderers(io: CliIo): RowRenderers<DuplicateGroup> {
  const bold = paint(io, 'bold', io.stdout);
  return {
    csvHeader: ['group', 'rank', 'path', 'similarity', 'similar_to', 'width', 'height', 'size', 'taken_at', 'content_hash', 'also_at'],
    csv: ({ group, images }) =>
      images.map((image, i) => [
        group,
        i + 1,
        image.path,
        image.similarity,
        image.similarTo,
        image.width,
        image.height,
        image.sizeBytes,
        image.takenAt,
        image.contentHash,
        image.alsoAt.join('\n'),
      ]),
    json: ({ group, images }) => ({
      group,
      keep: images[0]?.path,
      images: images.map((image) => ({
        ...toPublicImage(image),
        similarity: image.similarity,
        similarTo: image.similarTo,
        alsoAt: image.alsoAt,
      })),
    }),
    human: ({ group, images }) => [
      bold(`group ${group}: ${images.length} images`),
      ...renderTable(
        ['similarity to first', 'pixels', 'size', 'taken', 'path'],
        images.map((image, i) => [
          i === 0 ? 'keep' : image.similarity.toFixed(4),
          `${image.width} x ${image.height}`,
          formatBytes(image.sizeBytes),
          image.takenAt?.slice(0, 10) ?? '',
          shortenPath(image.path, io.cwd) + image.alsoAt.map((path) => `, also ${shortenPath(path, io.cwd)}`).join(''),
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
  groups: readonly DuplicateGroup[],
  { run, minSimilarity }: { run: Run; minSimilarity: number },
): Promise<void> {
  const total = groups.reduce((sum, { images }) => sum + images.length, 0);
  const text = {
    title: 'Images that are nearly the same',
    intro: `${total} images in ${groups.length} groups, from a similarity of ${minSimilarity}. ${KEEP_RULE}`,
    footer: `Made by labelwise. Similarity is the cosine of an image and the first of its group. Where it is below ${minSimilarity}, the image is that similar to another image of the group. Nothing was deleted.`,
  };
  const sheet = await createPictureSheet(file, text, { run, limits: DEFAULT_IMAGE_LIMITS });
  for (const { group, images } of groups) {
    await sheet.heading(`Group ${group}: ${images.length} images`);
    for (const image of images) {
      const facts = [
        `${image.width} x ${image.height}`,
        formatBytes(image.sizeBytes),
        likenessOf(image, images[0]),
        image.takenAt?.slice(0, 10),
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
