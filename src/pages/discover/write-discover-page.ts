import { basename } from 'node:path';
import { formatCount } from '../../core/format-count.js';
import { mapSize } from '../../core/grouping/spread-places.js';
import { LabelwiseError } from '../../errors.js';
import { mapAhead } from '../../files/map-ahead.js';
import { packageFile } from '../../files/package-root.js';
import { readRegularText } from '../../files/read-regular-file.js';
import { showPath } from '../../files/show-path.js';
import { type IndexedPlaces, indexedUrl, readIndexed } from '../../ingest/indexed-source.js';
import { type Discovery, type GroupedImage, type ImageGroup, SURELY_MAPPED } from '../../tasks/discover/discover.js';
import { breakable, escapeHtml } from '../escape-html.js';
import type { HtmlFile } from '../html-file.js';
import { htmlHead } from '../html-head.js';
import { toDataUrl } from '../picture-url.js';
import { DISCOVER_STYLE } from './discover-style.js';

export interface DiscoverPageOptions extends IndexedPlaces {
  readonly db: string;
  /** The file of the label set, as the user named it; the page saves it under that name. */
  readonly labelFile: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A picture on the page. Others of the page show it again by its number. */
interface Shown {
  readonly id: number;
  readonly image: GroupedImage;
  readonly group: ImageGroup | undefined;
  /** In pixels, at most. */
  readonly side: number;
}

/** Below this mean probability a name is a guess. Of 36 groups of 1,300 mixed photos, 7 names are below it, and most of those do not fit. */
const SURE = 0.25;
/** So many guesses are named above the map. */
const GUESSES = 6;
/** Pictures of lists are larger than those that are on the map alone, where there are many. */
const SIDES = { listed: 144, mapped: 56, many: 160 } as const;

/** Writes a page with a map of the images, the groups with names to edit, and the images that fit none. */
export async function writeDiscoverPage(file: HtmlFile, found: Discovery, options: DiscoverPageOptions): Promise<void> {
  const shown = choosePictures(found);
  const idOf = new Map(shown.map(({ id, image }) => [image, id]));
  await file.write(
    htmlHead(DISCOVER_STYLE, 'What is in here? - labelwise') +
      headerOf(found) +
      `<main><section id="map" aria-labelledby="map-title"><h2 id="map-title">Map</h2><p>Pictures that are alike are near each other. Drag to move, and zoom with the wheel, two fingers or the buttons. A name shows its group. ${countOnMap(found, shown)}</p>
<div class="tools"><button type="button" data-zoom="in" aria-label="Zoom in">+</button><button type="button" data-zoom="out" aria-label="Zoom out">&minus;</button><button type="button" data-zoom="all">Whole map</button><details><summary>Keys</summary>Tab into the map. Arrows go from picture to picture, Enter opens one. + and - zoom, 0 or Escape shows all.</details><output aria-live="polite"></output></div>
<div class="view" role="group" aria-label="Map of ${formatCount(shown.length, 'picture')}"><div class="plane" data-columns="${mapSize(shown.length).columns}" data-rows="${mapSize(shown.length).rows}">\n`,
  );
  let done = 0;
  const pictures = mapAhead(shown, (picture) => toPicture(picture, options), { ahead: 8, atOnce: 4, signal: options.signal });
  for await (const html of pictures) {
    await file.write(html);
    options.onProgress?.(++done, shown.length);
  }
  for (const group of found.groups) await file.write(tagOf(group));
  await file.write(`</div></div></section>\n<section id="groups" aria-labelledby="groups-title"><h2 id="groups-title">Groups, the largest first</h2>
<p>Names are guesses from everyday words. Is one wrong, or do you know better? Type another over it, then save the names.</p><ol class="groups">\n`);
  for (const group of found.groups) await file.write(groupOf(group, found, idOf));
  await file.write(`</ol>${saveOf(options)}</section>\n${oddOf(found, idOf)}</main>
<footer>Made by labelwise from the index in ${escapeHtml(showPath(options.db))}, with the model ${escapeHtml(found.model)}. Nothing was changed. The page needs no network.</footer>
<script>${await readRegularText(packageFile('data/pages/discover.js'))}</script></body></html>\n`);
  await file.end();
}

/** Each picture once; larger where a list shows it. */
function choosePictures({ groups, odd }: Discovery): Shown[] {
  const all = [
    ...groups.flatMap((group) => group.images.map((image, i) => ({ image, group, isListed: i < SURELY_MAPPED.typical }))),
    ...odd.map((image, i) => ({ image, group: undefined, isListed: i < SURELY_MAPPED.odd })),
  ];
  const placed = all.filter(({ image }) => image.place !== undefined);
  const isFew = placed.length <= 150;
  return placed.map(({ isListed, ...picture }, id) => ({
    ...picture,
    id,
    side: isFew ? SIDES.many : isListed ? SIDES.listed : SIDES.mapped,
  }));
}

function headerOf({ groups: [largest, ...others], odd, images }: Discovery): string {
  const guesses = [...(largest ? [largest] : []), ...others].filter(isGuess).sort((a, b) => a.probability - b.probability);
  const groups = others.length + (largest ? 1 : 0);
  const first =
    largest && ` The largest is <strong>${escapeHtml(largest.name)}</strong>, with ${formatCount(largest.images.length, 'picture')}.`;
  const out =
    odd.length === 0
      ? 'Every picture fits a group.'
      : `<a href="#odd">${formatCount(odd.length, 'picture')}</a> ${odd.length === 1 ? 'fits' : 'fit'} none.`;
  return `<header><h1>What is in here?</h1><p class="lead">${formatCount(images, 'picture')} in ${formatCount(groups, 'group')}.${first ?? ''} ${out}${guessesOf(guesses)}</p>
<nav aria-label="On this page"><a href="#map">Map</a><a href="#groups">Groups and their names</a><a href="#odd">Odd ones out</a></nav></header>\n`;
}

const isGuess = ({ probability }: ImageGroup): boolean => probability < SURE;

/** The names to look at first, each with a link to its group. */
function guessesOf(guesses: readonly ImageGroup[]): string {
  if (guesses.length === 0) return '';
  const links = guesses.slice(0, GUESSES).map(({ group, name }) => `<a href="#group-${group}">${escapeHtml(name)}</a>`);
  const more = guesses.length > GUESSES ? ` and ${guesses.length - GUESSES} more` : '';
  return guesses.length === 1 ? ` One name may not fit: ${links[0]}.` : ` These names may not fit: ${links.join(', ')}${more}.`;
}

/** A share of the map, away from its edges. */
const inset = (share: number, edge: number): string => `${(100 * (edge + (1 - 2 * edge) * share)).toFixed(2)}%`;
const placeOf = (x: number, y: number): string => `left:${inset(x, 0.01)};top:${inset(y, 0.02)}`;

const countOnMap = ({ images }: Discovery, shown: readonly Shown[]): string =>
  shown.length < images ? `The map shows ${shown.length} of the ${images} pictures.` : '';

/** A colour for each group, far from those of the groups before it. */
const hueOf = (group: number): string =>
  `--hue:light-dark(hsl(${Math.round(group * 137.5) % 360} 70% 42%),hsl(${Math.round(group * 137.5) % 360} 70% 62%))`;

async function toPicture({ id, image, group, side }: Shown, options: DiscoverPageOptions): Promise<string> {
  const { x, y } = image.place ?? { x: 0, y: 0 };
  const name = showPath(basename(image.path));
  const at = placeOf(x, y);
  const of = group ? `${group.name}: ${name}` : `odd one out: ${name}`;
  const inner = await pictureOf(image.path, side, options);
  const own = group ? `data-group="${group.group}" style="${at};${hueOf(group.group)}"` : `class="odd" style="${at}"`;
  return `<a id="p${id}" tabindex="-1" ${own} href="${escapeHtml(indexedUrl(image.path, options.cwd))}" title="${escapeHtml(of)}" aria-label="${escapeHtml(of)}">${inner}</a>\n`;
}

async function pictureOf(path: string, side: number, places: IndexedPlaces): Promise<string> {
  try {
    return `<img alt="" src="${await toDataUrl(await readIndexed(path, places), places.limits, side)}">`;
  } catch (error) {
    if (!(error instanceof LabelwiseError)) throw error;
    return '<span class="missing">missing</span>';
  }
}

/** A group's name on the map, in the middle of its pictures. */
function tagOf({ group, name, images }: ImageGroup): string {
  const places = images.flatMap(({ place }) => place ?? []);
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const [x, y] = [middle(places.map((place) => place.x)), middle(places.map((place) => place.y))];
  return `<button type="button" class="tag" tabindex="-1" data-group="${group}" style="${placeOf(x, y)};${hueOf(group)}"><span>${escapeHtml(name)}</span> <small>${images.length}</small></button>\n`;
}

function groupOf(one: ImageGroup, { groups }: Discovery, idOf: ReadonlyMap<GroupedImage, number>): string {
  const { group, name, otherNames, images } = one;
  const most = groups[0]?.images.length ?? 1;
  const thumbs = images.slice(0, SURELY_MAPPED.typical).map((image) => thumbOf(image, idOf));
  const others = otherNames.map((other) => `<button type="button" data-name="${escapeHtml(other)}">${escapeHtml(other)}</button>`).join('');
  const unsure = isGuess(one) ? '<span class="unsure">A guess: does it fit?</span>' : '';
  return `<li id="group-${group}" data-group="${group}" data-word="${escapeHtml(name)}" style="${hueOf(group)}"><h3 class="hidden">Group ${group}: ${escapeHtml(name)}</h3>
<div class="row"><input type="text" value="${escapeHtml(name)}" aria-label="Name of group ${group}" autocomplete="off" spellcheck="false"><button type="button" data-show="${group}">Show on map</button></div>
<div class="count"><span>${formatCount(images.length, 'picture')}</span><span class="bar"><i style="width:${Math.max(1, Math.round((100 * images.length) / most))}%"></i></span></div>
<div class="thumbs">${thumbs.join('')}</div>${unsure}${others === '' ? '' : `<p class="or">or ${others}</p>`}</li>\n`;
}

/** The picture of the map again: the page's script gives it its source. */
function thumbOf(image: GroupedImage, idOf: ReadonlyMap<GroupedImage, number>, alt = showPath(basename(image.path))): string {
  return `<img data-of="p${idOf.get(image)}" alt="${escapeHtml(alt)}">`;
}

function saveOf({ labelFile }: DiscoverPageOptions): string {
  const name = basename(labelFile ?? 'groups.json');
  return `<div class="save"><button type="button" data-save="${escapeHtml(name)}">Save the names</button> <output aria-live="polite"></output>
<p>This downloads ${escapeHtml(name)}. Then tag your pictures with these names, and see first what it would do: <code>labelwise tag --labels-file ${escapeHtml(name)} --dry-run</code>. Two groups of one name become one label.</p></div>`;
}

function oddOf({ odd }: Discovery, idOf: ReadonlyMap<GroupedImage, number>): string {
  const shown = odd.slice(0, SURELY_MAPPED.odd);
  const more =
    odd.length > shown.length ? ` The oddest ${shown.length} of ${odd.length}; <code>labelwise discover --csv</code> lists all.` : '';
  const items = shown.map((image) => `<li>${thumbOf(image, idOf, '')}${breakable(showPath(basename(image.path)))}</li>`).join('\n');
  const list = shown.length === 0 ? '' : `<ul class="odd-ones">${items}</ul>`;
  const intro = shown.length === 0 ? 'Every picture fits a group.' : `Pictures that are unlike all groups, the oddest first.${more}`;
  return `<section id="odd" aria-labelledby="odd-title"><h2 id="odd-title">Odd ones out</h2><p>${intro}</p>${list}</section>\n`;
}
