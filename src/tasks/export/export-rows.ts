import type { StoredImage } from '../../core/collection.js';
import type { ImageTag } from '../../core/image-tags.js';
import type { RowRenderers } from '../../files/line-writer.js';

/** An image as it is exported. */
export interface ExportRow extends StoredImage {
  readonly tags: readonly ImageTag[];
}

/** Where rows go: one of these a format. Disposed before its end it leaves nothing. */
export interface ExportSink extends AsyncDisposable {
  write(row: ExportRow): Promise<void>;
  end(): Promise<void>;
}

/** What to do where a file cannot be written. */
export const ELSEWHERE = 'choose another place with `out`';

/** An image in the words of the outside: columns have the same names in snake_case. */
export function toPublicImage({ sizeBytes, modifiedAtMs: _, keywords, files, ...image }: StoredImage) {
  const { path, contentHash, width, height, format, takenAt, takenAtSource, camera, latitude, longitude, rating, title, caption } = image;
  const facts = { path, contentHash, size: sizeBytes, width, height, format, takenAt, takenAtSource, camera, latitude, longitude };
  return { ...facts, rating, title, caption, keywords, files };
}

/** The columns of CSV and Parquet, with their types in Parquet: first those of an image, in the order of `toPublicImage`. */
export const EXPORT_COLUMNS = {
  path: 'STRING',
  content_hash: 'STRING',
  size: 'DOUBLE', // a file may have more bytes than INT32 counts
  width: 'INT32',
  height: 'INT32',
  format: 'STRING',
  taken_at: 'STRING',
  taken_at_source: 'STRING',
  camera: 'STRING',
  latitude: 'DOUBLE',
  longitude: 'DOUBLE',
  rating: 'INT32',
  title: 'STRING',
  caption: 'STRING',
  keywords: 'STRING', // one on each line, as are files
  files: 'STRING',
  tag: 'STRING',
  probability: 'DOUBLE',
  label_set: 'STRING',
} as const;

/** One line per tag, in columns; an image without tags is a line without a tag. */
export function toTagLines(row: ExportRow): (string | number | undefined)[][] {
  const facts = Object.values(toPublicImage(row)).map((value) => (typeof value === 'object' ? value.join('\n') || undefined : value));
  if (row.tags.length === 0) return [[...facts, undefined, undefined, undefined]];
  return row.tags.map((tag) => [...facts, tag.label, tag.probability, tag.labelSet]);
}

/** How they are printed as text. */
export const EXPORT_RENDERERS: RowRenderers<ExportRow> = {
  human: () => [],
  json: (row) => ({ ...toPublicImage(row), tags: row.tags }),
  csvHeader: Object.keys(EXPORT_COLUMNS),
  csv: toTagLines,
};
