/** RFC 4180: quotes where they are needed, doubled inside. */
export function toCsvLine(cells: readonly unknown[]): string {
  return cells.map(toCell).join(',');
}

function toCell(cell: unknown): string {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
