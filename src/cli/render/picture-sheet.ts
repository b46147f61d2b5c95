import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImageLimits } from '../../encoders/preprocess/read-image.js';
import { LabelwiseError } from '../../errors.js';
import { escapeHtml } from '../../html/escape-html.js';
import type { Run } from '../open-model.js';
import { htmlHead, openHtmlFile, toDataUrl } from './html-base.js';

/** A picture of a sheet with the lines below it. */
export interface SheetPicture {
  readonly path: string;
  /** What is said of it, the most important first: "similarity 0.31", "2024-06-01". */
  readonly facts: readonly string[];
  readonly tags?: readonly string[] | undefined;
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
  /** `note` stands where no picture does. */
  end(note?: string): Promise<void>;
}

/** Begins a sheet in a file. @throws LabelwiseError `INVALID_ARGUMENT` when it cannot be written there */
export async function createPictureSheet(path: string, text: SheetText, options: { run: Run; limits: ImageLimits }): Promise<PictureSheet> {
  const { run, limits } = options;
  const file = await openHtmlFile(path, run.io);
  await file.write(
    `${htmlHead(STYLE, `${text.title} - labelwise`)}<header><h1>${escapeHtml(text.title)}</h1><p>${escapeHtml(text.intro)}</p></header><main>`,
  );
  let isInList = false;
  let hasHeadings = false;
  const closeList = async (): Promise<void> => {
    if (isInList) await file.write('</ul>');
    isInList = false;
  };
  return {
    async heading(heading) {
      await closeList();
      hasHeadings = true;
      await file.write(`<h2>${escapeHtml(heading)}</h2>\n`);
    },
    async add(picture) {
      if (!isInList) await file.write('<ul class="sheet">\n');
      isInList = true;
      await file.write(await toItem(picture, { cwd: run.io.cwd, limits, level: hasHeadings ? 3 : 2 }));
    },
    async end(note) {
      await closeList();
      if (note !== undefined) await file.write(`<p class="note">${escapeHtml(note)}</p>`);
      await file.write(`</main><footer>${escapeHtml(text.footer)}</footer></body></html>\n`);
      await file.close();
      run.say(`page: ${path}`);
    },
  };
}

async function toItem(picture: SheetPicture, { cwd, limits, level }: { cwd: string; limits: ImageLimits; level: 2 | 3 }): Promise<string> {
  const name = picture.path.split(/[/\\]/).at(-1) ?? picture.path;
  const link = escapeHtml(pathToFileURL(resolve(cwd, picture.path)).href);
  const facts = picture.facts.map((fact) => `<li>${escapeHtml(fact)}</li>`).join('');
  const tags = (picture.tags ?? []).map((tag) => `<li>${escapeHtml(tag)}</li>`).join('');
  return `<li><a href="${link}">${await pictureOf(picture.path, name, { cwd, limits })}</a><h${level} title="${escapeHtml(picture.path)}">${escapeHtml(name)}</h${level}><ul class="facts">${facts}</ul>${
    tags === '' ? '' : `<ul class="tags" aria-label="tags">${tags}</ul>`
  }</li>\n`;
}

/** The thumbnail, or why there is none: a file may have gone since it was read. */
async function pictureOf(path: string, name: string, { cwd, limits }: { cwd: string; limits: ImageLimits }): Promise<string> {
  try {
    return `<img loading="lazy" alt="${escapeHtml(name)}" src="${await toDataUrl(resolve(cwd, path), limits, { side: 400 })}">`;
  } catch (error) {
    if (!(error instanceof LabelwiseError)) throw error;
    return `<span class="missing error">${escapeHtml(error.message)}</span>`;
  }
}

const STYLE = `body{max-width:90rem}
header{margin-bottom:1.5rem}main h2{font-size:1.05rem;margin:1.75rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--line)}
.sheet{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(13rem,100%),1fr));gap:1.25rem}
.sheet>li{min-width:0;break-inside:avoid}
.sheet a{display:block;border-radius:.5rem;text-decoration:none}.sheet a:focus-visible{outline:3px solid light-dark(#0b57d0,#a8c7fa);outline-offset:2px}
.sheet img,.missing{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:light-dark(#f1f1f1,#222);border-radius:.5rem}
.missing{box-sizing:border-box;padding:1rem;font-size:.85rem;overflow:auto;overflow-wrap:anywhere}
.sheet>li>h2,.sheet>li>h3{font-size:.9rem;font-weight:600;margin:.4rem 0 0;padding:0;border:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.facts,.tags{list-style:none;margin:0;padding:0;font-size:.82rem;color:var(--soft);display:flex;flex-wrap:wrap;column-gap:.9rem;font-variant-numeric:tabular-nums}
.tags{gap:.3rem;margin-top:.3rem}.tags li{border:1px solid var(--line);border-radius:1rem;padding:0 .55rem;color:light-dark(#333,#ddd)}
.note{padding:2rem 0;font-size:1.05rem}footer{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.9rem}`;
