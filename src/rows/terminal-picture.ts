import type { RgbImage } from '../images/rgb-image.js';

/** The tallest picture, in lines: a portrait or a long screenshot would push all else off the terminal. */
const MAX_LINES = 28;

/** A picture in half blocks, two pixels a character: at most `columns` wide, narrower where it would be too high. */
export function renderThumbnail(image: RgbImage, columns = 28): string[] {
  const linesOf = (width: number): number => (width * image.height) / image.width / 2;
  const width = linesOf(columns) > MAX_LINES ? Math.max(1, Math.round((columns * MAX_LINES) / linesOf(columns))) : columns;
  const rows = Math.min(MAX_LINES, Math.max(1, Math.round(linesOf(width))));
  const lines: string[] = [];
  for (let y = 0; y < rows; y++) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const top = meanColour(image, x / width, (x + 1) / width, (2 * y) / (2 * rows), (2 * y + 1) / (2 * rows));
      const bottom = meanColour(image, x / width, (x + 1) / width, (2 * y + 1) / (2 * rows), (2 * y + 2) / (2 * rows));
      line += `\u001b[38;2;${top}m\u001b[48;2;${bottom}m▀`;
    }
    lines.push(`${line}\u001b[0m`);
  }
  return lines;
}

function meanColour(image: RgbImage, left: number, right: number, top: number, bottom: number): string {
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = Math.floor(top * image.height); y < Math.max(Math.floor(top * image.height) + 1, Math.floor(bottom * image.height)); y++) {
    for (let x = Math.floor(left * image.width); x < Math.max(Math.floor(left * image.width) + 1, Math.floor(right * image.width)); x++) {
      for (let c = 0; c < 3; c++) sums[c] = (sums[c] as number) + (image.data[(y * image.width + x) * 3 + c] ?? 0);
      count++;
    }
  }
  return sums.map((sum) => Math.round(sum / count)).join(';');
}
