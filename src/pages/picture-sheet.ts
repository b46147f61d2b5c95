import { basename, dirname, resolve } from 'node:path';
import { LabelwiseError } from '../errors.js';
import { isObjectAddress } from '../files/object-address.js';
import { shortenPath, showPath } from '../files/show-path.js';
import { type IndexedPlaces, indexedUrl, readIndexed } from '../ingest/indexed-source.js';
import { breakable, escapeHtml } from './escape-html.js';
import type { HtmlFile } from './html-file.js';
import { htmlHead } from './html-head.js';
import { toDataUrl } from './picture-url.js';

/** A picture of a sheet with the lines below it. */
export interface SheetPicture {
  readonly path: string;
  /** Facts about it, the most important first: "similarity 0.31", "2024-06-01". */
  readonly facts: readonly string[];
  readonly tags?: readonly string[] | undefined;
  /** Other names of the same picture. */
  readonly alsoAt?: readonly string[] | undefined;
}

export interface SheetText {
  readonly title: string;
  readonly intro: string;
  readonly footer: string;
}

/** A page of pictures in a grid, under headings or without; it opens without a network. Pictures are written as they come. */
export interface PictureSheet {
  /** Begins a new group of pictures. */
  heading(text: string): Promise<void>;
  add(picture: SheetPicture): Promise<void>;
  /** `note` is shown in place of pictures. */
  end(note?: string): Promise<void>;
}

/** Begins a sheet in a file. */
export async function createPictureSheet(file: HtmlFile, text: SheetText, places: IndexedPlaces): Promise<PictureSheet> {
  await file.write(
    `${htmlHead(STYLE, `${text.title} - labelwise`)}<header><h1>${escapeHtml(text.title)}</h1><p>${escapeHtml(text.intro)}</p></header><main>`,
  );
  let isInList = false;
  let isInSection = false;
  const close = async (): Promise<void> => {
    if (isInList) await file.write('</ul>');
    if (isInSection) await file.write('</section>\n');
    isInList = false;
  };
  return {
    async heading(heading) {
      await close();
      isInSection = true;
      await file.write(`<section><h2>${escapeHtml(heading)}</h2>\n`);
    },
    async add(picture) {
      if (!isInList) await file.write('<ul class="sheet">\n');
      isInList = true;
      await file.write(await toItem(picture, { ...places, level: isInSection ? 3 : 2 }));
    },
    async end(note) {
      await close();
      if (note !== undefined) await file.write(`<p class="note">${escapeHtml(note)}</p>`);
      await file.write(`</main><footer>${escapeHtml(text.footer)}</footer></body></html>\n`);
      await file.end();
    },
  };
}

interface ItemOptions extends IndexedPlaces {
  readonly level: 2 | 3;
}

async function toItem({ path, facts, tags = [], alsoAt = [] }: SheetPicture, { level, ...places }: ItemOptions): Promise<string> {
  const { cwd } = places;
  const name = showPath(basename(path));
  const isAddress = path.startsWith('file:') || isObjectAddress(path);
  const folder = dirname(isAddress ? path : resolve(cwd, path));
  return [
    `<li>${await pictureOf(path, name, places)}`,
    `<h${level} title="${escapeHtml(showPath(path))}">${breakable(name)}</h${level}>`,
    folder === cwd ? '' : `<p class="folder">${breakable(shortenPath(folder, cwd))}</p>`,
    toList(facts, 'class="facts"'),
    toList(
      alsoAt.map((other) => shortenPath(other, cwd)),
      'class="also" aria-label="other names of this picture"',
    ),
    toList(tags, 'class="tags" aria-label="tags"'),
    '</li>\n',
  ].join('');
}

const toList = (lines: readonly string[], attributes: string): string =>
  lines.length === 0 ? '' : `<ul ${attributes}>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;

/** The thumbnail, which leads to the file, or why there is none: a file may have gone since it was read. */
async function pictureOf(path: string, name: string, places: IndexedPlaces): Promise<string> {
  try {
    const url = await toDataUrl(await readIndexed(path, places), places.limits);
    const picture = `<img loading="lazy" alt="${escapeHtml(name)}" src="${url}">`;
    return isObjectAddress(path) ? picture : `<a href="${escapeHtml(indexedUrl(path, places.cwd))}">${picture}</a>`;
  } catch (error) {
    if (!(error instanceof LabelwiseError)) throw error;
    const reason = error.code === 'INPUT_NOT_FOUND' ? 'The file no longer exists.' : showPath(error.message);
    return `<p class="missing error">${escapeHtml(reason)}</p>`;
  }
}

const STYLE = `body{max-width:90rem}h1{overflow-wrap:anywhere}
header{margin-bottom:1.5rem}main{display:flex;flex-wrap:wrap;gap:1.25rem;align-items:start}
section{border:1px solid var(--line);border-radius:.75rem;padding:.9rem 1rem 1rem;max-width:100%;box-sizing:border-box;break-inside:avoid}
section>h2{font-size:1.05rem;margin:0 0 .75rem}
.sheet{list-style:none;margin:0;padding:0;width:100%;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(13rem,calc(50% - .7rem)),1fr));gap:1.25rem}
section>.sheet{display:flex;flex-wrap:wrap;width:auto}section>.sheet>li{width:11.75rem}
.sheet>li{min-width:0;break-inside:avoid}
.sheet a{display:block;border-radius:.5rem}.sheet a:focus-visible{outline:3px solid light-dark(#0b57d0,#a8c7fa);outline-offset:2px}
.sheet img,.missing{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:light-dark(#f1f1f1,#222);border-radius:.5rem;margin:0}
.missing{box-sizing:border-box;padding:1rem;font-size:.85rem;overflow:auto;overflow-wrap:anywhere}
.sheet h2,.sheet h3{font-size:.9rem;line-height:1.35;font-weight:600;margin:.4rem 0 0;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden;overflow-wrap:anywhere}
.folder,.facts,.also,.tags{list-style:none;margin:0;padding:0;font-size:.82rem;color:var(--soft);overflow-wrap:anywhere}
.facts,.tags{display:flex;flex-wrap:wrap;column-gap:.9rem;font-variant-numeric:tabular-nums}.also li::before{content:"also "}
.tags{gap:.3rem;margin-top:.3rem}.tags li{border:1px solid var(--line);border-radius:1rem;padding:0 .55rem;color:light-dark(#333,#ddd)}
.note{padding:2rem 0;margin:0;font-size:1.05rem}footer{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.9rem;overflow-wrap:anywhere}
@media(max-width:40rem){section{width:100%}section>.sheet{display:grid;grid-template-columns:1fr 1fr}section>.sheet>li{width:auto}}`;
