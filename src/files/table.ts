import { eastAsianWidth } from 'get-east-asian-width';

/** Rows as columns that line up; numbers to the right. Wide characters (CJK, emoji) count as two. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[], alignRight: readonly number[] = []): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ''))));
  return all.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, (widths[column] as number) - displayWidth(cell)));
        return alignRight.includes(column) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** How many cells a text takes in a terminal: each character as wide as its first code point, and an emoji that asks for its picture two. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length; // the segmenter takes 13 ms to start
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (/^[\p{Cc}\p{Cf}\p{M}]/u.test(segment)) continue;
    width += /^(?:\p{RI}{2}|\p{Emoji}.*\uFE0F)/u.test(segment) ? 2 : eastAsianWidth(segment.codePointAt(0) as number);
  }
  return width;
}
