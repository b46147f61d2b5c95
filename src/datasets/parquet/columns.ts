import type { FileMetaData, SchemaTree } from 'hyparquet';

/** A top-level column by its Parquet type. */
export interface Column {
  readonly name: string;
  /** For people and for choices: "image bytes", "text", "integer", "list of integer", ... */
  readonly type: string;
}

/** The columns of a file. */
export async function columnsOf(metadata: FileMetaData): Promise<Column[]> {
  const { parquetSchema } = await import('hyparquet');
  return parquetSchema(metadata).children.map((child) => ({ name: child.element.name, type: typeOf(child) }));
}

function typeOf(tree: SchemaTree): string {
  const { element, children } = tree;
  if (element.converted_type === 'LIST' || element.logical_type?.type === 'LIST') {
    const item = children[0]?.children[0] ?? children[0];
    return `list of ${item ? typeOf(item) : 'nothing'}`;
  }
  if (children.length > 0) {
    const bytes = children.find((child) => child.element.name === 'bytes' && isBinary(child));
    return bytes ? 'image bytes' : `object { ${children.map((child) => child.element.name).join(', ')} }`;
  }
  if (isBinary(tree)) return 'bytes';
  if (element.type === 'BYTE_ARRAY') return 'text';
  if (element.type === 'INT32' || element.type === 'INT64') return integerType(element.logical_type?.type ?? element.converted_type);
  return element.type === 'BOOLEAN' ? 'boolean' : (element.type ?? 'unknown').toLowerCase();
}

/** Dates, times and decimals are stored as integers, and are none: "TIMESTAMP_MICROS" is "timestamp". */
const integerType = (meaning: string | undefined): string =>
  meaning === undefined || /^U?INT/.test(meaning) ? 'integer' : meaning.replace(/_.*/, '').toLowerCase();

/** hyparquet's own reading: bytes are text only where the file says so. */
function isBinary({ element }: SchemaTree): boolean {
  return element.type === 'BYTE_ARRAY' && element.converted_type === undefined && element.logical_type === undefined;
}
