/** A row of cells with the number of the line on which it begins, from 1. */
export interface DelimitedRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface DelimitedRows {
  readonly rows: readonly DelimitedRow[];
  /** The line on which a quote opens that does not close where a cell can end: all from there on is lost. */
  readonly openQuoteLine?: number;
}

/** Reads CSV (RFC 4180) or TSV: quotes keep separators and line ends, doubled quotes are one. Empty lines are left out. */
export function parseDelimited(text: string, separator: ',' | '\t'): DelimitedRows {
  const rows: DelimitedRow[] = [];
  const cell =
    separator === ','
      ? /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*)?)(,|\r\n|\n|\r|$)/gy
      : /(?:"([^"]*(?:""[^"]*)*)"|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/gy;
  const source = text.replace(/^\uFEFF/, '');
  let [line, start] = [1, 1];
  let cells: string[] = [];
  while (cell.lastIndex < source.length) {
    const match = cell.exec(source);
    if (!match) return { rows, openQuoteLine: line };
    const [, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += quoted?.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === separator && cell.lastIndex < source.length) continue;
    if (end === separator) cells.push('');
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: start, cells });
    cells = [];
    line += 1;
    start = line;
  }
  return { rows };
}
