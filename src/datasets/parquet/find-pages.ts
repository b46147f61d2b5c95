import type { AsyncBuffer, ColumnChunk, ColumnMetaData, OffsetIndex, PageHeader } from 'hyparquet';

export type PageLocation = OffsetIndex['page_locations'][number];

/** What is read of a page's header first; statistics in it may make it longer. */
const HEADER_BYTES = 2 ** 10;

/**
 * Where the data pages of a column chunk begin, and with which row: from the file's page index, else by going from header to header.
 * Undefined for lists in pages that do not say how many rows they hold.
 */
export async function findPages(file: AsyncBuffer, chunk: ColumnChunk, isList: boolean): Promise<PageLocation[] | undefined> {
  const { meta_data: meta, offset_index_offset: offset, offset_index_length: length } = chunk;
  if (meta === undefined) return undefined;
  if (!offset || !length) return scanPages(file, meta, isList);
  const { readOffsetIndex } = await import('hyparquet');
  const view = new DataView(await file.slice(Number(offset), Number(offset) + length));
  return readOffsetIndex({ view, offset: 0 }).page_locations;
}

async function scanPages(file: AsyncBuffer, meta: ColumnMetaData, isList: boolean): Promise<PageLocation[] | undefined> {
  const pages: PageLocation[] = [];
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const end = start + Number(meta.total_compressed_size);
  let row = 0;
  for (let place = start; place < end; ) {
    const { header, headerBytes } = await readHeader(file, place, end);
    if (!(header.compressed_page_size >= 0)) throw new Error(`the page at byte ${place} has no size`);
    const size = headerBytes + header.compressed_page_size;
    const isData = header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2';
    // A page of the first version counts values: of a list, an unknown number of rows.
    const rows = header.data_page_header_v2?.num_rows ?? (isList ? undefined : header.data_page_header?.num_values);
    if (isData && rows === undefined) return undefined;
    if (isData) pages.push({ offset: BigInt(place), compressed_page_size: size, first_row_index: BigInt(row) });
    row += isData ? (rows as number) : 0;
    place += size;
  }
  return pages;
}

async function readHeader(file: AsyncBuffer, place: number, end: number): Promise<{ header: PageHeader; headerBytes: number }> {
  const { parquetHeader } = await import('hyparquet/src/column.js');
  for (let bytes = HEADER_BYTES; ; bytes *= 8) {
    const view = new DataView(await file.slice(place, Math.min(place + bytes, end)));
    const reader = { view, offset: 0 };
    try {
      const header = parquetHeader(reader);
      return { header, headerBytes: reader.offset };
    } catch (error) {
      if (!(error instanceof RangeError) || place + bytes >= end) throw error; // else the header is longer than what was read
    }
  }
}
