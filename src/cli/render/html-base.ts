import { resolve } from 'node:path';
import type { ImageSource } from '../../core/ports.js';
import { type OutputFile, openOutput } from '../../files/open-output.js';
import { decodeImage } from '../../images/decode-image.js';
import { type ImageLimits, readImageBytes } from '../../images/read-image.js';
import { escapeHtml } from '../../pages/escape-html.js';
import type { CliIo } from '../io.js';

/** A page while it is written, with its path as the user named it. */
export interface HtmlFile extends OutputFile {
  readonly path: string;
}

/** Opens a page for writing, before any work is done. @throws LabelwiseError `OUTPUT_UNWRITABLE` when it cannot be written there */
export async function openHtmlFile(path: string, io: CliIo): Promise<HtmlFile> {
  return { path, ...(await openOutput(resolve(io.cwd, path), 'choose another place with --html')) };
}

/** A picture as it stands in a page: a JPEG of at most `side` pixels in a data: URL. */
export async function toDataUrl(source: ImageSource, limits: ImageLimits, { side = 480, quality = 82 } = {}): Promise<string> {
  const { default: sharp } = await import('sharp');
  const { data, width, height } = await decodeImage(await readImageBytes(source, limits), limits);
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}

/** The beginning of a page, up to its body: light and dark, no other file needed. */
export const htmlHead = (
  style: string,
  title = 'labelwise',
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>
:root{color-scheme:light dark;--line:light-dark(#ddd,#444);--soft:light-dark(#666,#aaa)}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1.5rem}
h1{margin:0 0 .25rem;font-size:1.6rem}h2{font-size:1rem;margin:0 0 .5rem;overflow-wrap:anywhere}header p,footer{color:var(--soft)}
.error{color:light-dark(#b00020,#ff8a80)}
${style}
</style></head><body>`;
