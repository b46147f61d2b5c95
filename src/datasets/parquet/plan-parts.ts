import type { AsyncBuffer, ColumnChunk, FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import { findPages, type PageLocation } from './find-pages.js';

/** A column of so few bytes may be read again for each part. */
const SMALL_COLUMN_BYTES = 2 ** 18;

/**
 * Divides a row group into parts of about `partBytes`, at the pages of its largest column: what is in memory does not grow with the row
 * group, only with its largest page.
 */
export async function planParts(
  file: AsyncBuffer,
  group: RowGroup,
  use: { tree: SchemaTree; columns: readonly string[]; partBytes: number },
) {
  const rows = Number(group.num_rows);
  const chunks = group.columns.filter(({ meta_data }) => use.columns.includes(meta_data?.path_in_schema[0] ?? ''));
  if (chunks.reduce((sum, chunk) => sum + bytesOf(chunk), 0) <= use.partBytes) return { bounds: [0, rows], pages: {} };
  const pages: Record<string, PageLocation[]> = {};
  let largest: { chunk: ColumnChunk; pages: PageLocation[] } | undefined;
  for (const chunk of chunks.toSorted((a, b) => bytesOf(b) - bytesOf(a))) {
    if (bytesOf(chunk) <= SMALL_COLUMN_BYTES) continue;
    const path = chunk.meta_data?.path_in_schema ?? [];
    const found = await findPages(file, chunk, isList(use.tree, path));
    if (found === undefined || found.length === 0) continue;
    pages[path.join('.')] = found;
    largest ??= { chunk, pages: found };
  }
  if (largest === undefined) return { bounds: [0, rows], pages };
  const { total_compressed_size, total_uncompressed_size } = largest.chunk.meta_data as NonNullable<ColumnChunk['meta_data']>;
  const growth = Math.max(1, Number(total_uncompressed_size) / Math.max(1, Number(total_compressed_size)));
  const most = Math.max(use.partBytes / growth, dictionaryBytes(largest));
  return { bounds: [...startsOfParts(largest.pages, most), rows], pages };
}

/** Each part needs the dictionary again: parts smaller than it would mostly read that. */
function dictionaryBytes({ chunk, pages }: { chunk: ColumnChunk; pages: readonly PageLocation[] }): number {
  const { dictionary_page_offset, data_page_offset = 0n } = chunk.meta_data ?? {};
  return Number(pages[0]?.offset ?? 0n) - Number(dictionary_page_offset || data_page_offset);
}

/** The rows with which parts begin: as many pages as stay below `most` bytes, one at least. */
function startsOfParts(pages: readonly PageLocation[], most: number): number[] {
  const starts: number[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { first_row_index, compressed_page_size } of pages) {
    bytes += compressed_page_size;
    if (bytes <= most) continue;
    starts.push(Number(first_row_index));
    bytes = compressed_page_size;
  }
  return starts;
}

const bytesOf = ({ meta_data: meta }: ColumnChunk): number =>
  Math.max(Number(meta?.total_compressed_size ?? 0), Number(meta?.total_uncompressed_size ?? 0));

function isList(tree: SchemaTree, path: readonly string[]): boolean {
  const child = tree.children.find(({ element }) => element.name === path[0]);
  return child !== undefined && (child.element.repetition_type === 'REPEATED' || isList(child, path.slice(1)));
}

/** The rows before each row group. */
export function groupStarts({ row_groups }: FileMetaData): number[] {
  let before = 0;
  return row_groups.map(({ num_rows }) => {
    before += Number(num_rows);
    return before - Number(num_rows);
  });
}
