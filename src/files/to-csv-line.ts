/** RFC 4180: quotes where they are needed, doubled inside. What is unknown is empty. */
export function toCsvLine(cells: readonly unknown[]): string {
  return cells.map(toCell).join(',');
}

function toCell(cell: unknown): string {
  const text = Number.isNaN(cell) ? '' : String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
