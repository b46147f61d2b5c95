import type { RowGroup } from 'hyparquet';

/** A row group of more bytes than this is read in parts, where its columns say at which byte their pages begin. */
const MOST_BYTES_AT_ONCE = 16 * 2 ** 20;
/** A column of so few bytes may be read again for each part: writers leave the index of a single page out. */
const SMALL_COLUMN_BYTES = 2 ** 18;

/** The rows of each part of a row group that is read at once: as a rule all of them, in one. */
export function partsOf(group: RowGroup, columns: readonly string[]): number[] {
  const rows = Number(group.num_rows);
  const chunks = group.columns.filter(({ meta_data }) => columns.includes(meta_data?.path_in_schema[0] ?? ''));
  const bytes = chunks.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0), 0);
  const isIndexed = chunks.every(
    ({ offset_index_offset, offset_index_length, meta_data }) =>
      (offset_index_offset && offset_index_length) || Number(meta_data?.total_compressed_size ?? 0) <= SMALL_COLUMN_BYTES,
  );
  if (!isIndexed || bytes <= MOST_BYTES_AT_ONCE) return [rows];
  const step = Math.max(1, Math.floor((rows * MOST_BYTES_AT_ONCE) / bytes));
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => Math.min(step, rows - i * step));
}
