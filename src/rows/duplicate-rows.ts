import { ownDate } from '../core/own-date.js';
import { formatBytes } from '../files/format-bytes.js';
import type { RowRenderers } from '../files/line-writer.js';
import { shortenPath } from '../files/show-path.js';
import { renderTable } from '../files/table.js';
import { toPublicImage } from '../tasks/export/export-rows.js';
import type { DuplicateGroup } from '../tasks/find-duplicates.js';
import type { Style } from './style.js';

/** Groups of duplicates. Paths in `cwd` are shown without it. */
export function duplicateRows({ bold }: Style, cwd: string): RowRenderers<DuplicateGroup> {
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
        ownDate(image),
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
          ownDate(image)?.slice(0, 10) ?? '',
          shortenPath(image.path, cwd) + image.alsoAt.map((path) => `, also ${shortenPath(path, cwd)}`).join(''),
        ]),
        [0, 1, 2],
      ),
      '',
    ],
  };
}
