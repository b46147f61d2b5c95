import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { searchImages } from '../../dist/tasks/search/search-images.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { openTestService, photo, type TestService } from '../fixtures/service.js';

interface Facts {
  readonly name: string;
  readonly date?: string;
  readonly camera?: string;
  /** Degrees north and east. */
  readonly at?: readonly [number, number];
  readonly rating?: number;
  readonly title?: string;
  readonly keywords?: readonly string[];
  readonly photo: string;
}

const PICTURES: readonly Facts[] = [
  {
    name: 'munich',
    photo: 'cat.jpg',
    date: '2024-06-01T10:00:00',
    camera: 'Fujifilm X-T4',
    at: [48.137, 11.575],
    rating: 5,
    keywords: ['trip'],
  },
  {
    name: 'dachau',
    photo: 'coffee.jpg',
    date: '2023-06-01T10:00:00',
    at: [48.26, 11.434],
    rating: 3,
    title: 'Coffee in town',
    keywords: ['trip', 'food'],
  },
  { name: 'sydney', photo: 'rocket.jpg', date: '2022-01-01T10:00:00', camera: 'Canon R5', at: [-33.87, 151.2], rating: 1 },
  { name: 'unknown', photo: 'temple.jpg' },
];

/** A photo with a sidecar that says the same as a camera and a photo manager would. */
async function writePicture(folder: string, { name, date, camera, at, rating, title, keywords = [], photo: file }: Facts): Promise<void> {
  const [make, model] = camera?.split(' ') ?? [];
  const dms = (value: number) => {
    const degrees = Math.floor(Math.abs(value));
    return `${degrees}/1 ${Math.round((Math.abs(value) - degrees) * 3_600_000)}/60000 0/1`;
  };
  const exif = {
    ...(date ? { IFD2: { DateTimeOriginal: date.replaceAll('-', ':').replace('T', ' ') } } : {}),
    ...(make ? { IFD0: { Make: make, Model: model as string } } : {}),
    ...(at
      ? {
          IFD3: {
            GPSLatitudeRef: at[0] < 0 ? 'S' : 'N',
            GPSLatitude: dms(at[0]),
            GPSLongitudeRef: at[1] < 0 ? 'W' : 'E',
            GPSLongitude: dms(at[1]),
          },
        }
      : {}),
  };
  const jpeg = await sharp(photo(file)).resize(300).withExif(exif).jpeg().toBuffer();
  writeFileSync(join(folder, `${name}.jpg`), jpeg);
  const items = (tag: string, kind: string, values: readonly string[]) =>
    values.length === 0
      ? ''
      : `<dc:${tag}><rdf:${kind}>${values.map((value) => `<rdf:li xml:lang="x-default">${value}</rdf:li>`).join('')}</rdf:${kind}></dc:${tag}>`;
  const sidecar = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"${rating ? ` xmp:Rating="${rating}"` : ''}>
${items('subject', 'Bag', keywords)}${items('title', 'Alt', title ? [title] : [])}</rdf:Description></rdf:RDF></x:xmpmeta>`;
  if (rating || title || keywords.length > 0) writeFileSync(join(folder, `${name}.jpg.xmp`), sidecar);
}

let own: TestService;
beforeAll(async () => {
  const folder = join(temporaryFolder(), 'photos');
  mkdirSync(folder);
  for (const picture of PICTURES) await writePicture(folder, picture);
  own = openTestService({ folders: new Map([['photos', folder]]) });
  const { body } = await own.ask<{ id: string }>('POST', '/v1/jobs', { kind: 'index' });
  await (await own.request(`/v1/jobs/${body.id}/events`)).text(); // until it has ended
});
afterAll(() => own[Symbol.asyncDispose]());

interface Found {
  readonly images: readonly { readonly name: string }[];
  readonly nextCursor: string | null;
}
const namesOf = ({ images }: Found): string[] => images.map(({ name }) => name.replace('.jpg', ''));
const list = async (query: Record<string, string>) => own.ask<Found>('GET', `/v1/images?${new URLSearchParams(query)}`);
const search = async (body: object) => own.ask<Found>('POST', '/v1/search', body);

const FILTERS: [string, Record<string, string | number>, string[]][] = [
  ['a place', { near: '48.1,11.6' }, ['munich']],
  ['a place and a distance', { near: '48.1,11.6', within: '50km' }, ['munich', 'dachau']],
  ['a rating', { minRating: 3 }, ['munich', 'dachau']],
  ['a title', { title: 'coffee IN' }, ['dachau']],
  ['a camera', { camera: 'canon' }, ['sydney']],
  ['dates', { after: '2022', before: '2024' }, ['dachau', 'sydney']],
  ['a size', { minWidth: 301 }, []],
  ['several at once', { near: '48.1,11.6', within: '50km', minRating: 4 }, ['munich']],
];

test.each(FILTERS)('%s filters the gallery, a search and the command line alike', async (_, filter, expected) => {
  const texts = Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)]));
  expect(namesOf((await list(texts)).body)).toEqual(expected); // the newest first
  expect(namesOf((await search({ ...filter, sort: 'date' })).body)).toEqual(expected);
  const found = namesOf((await search({ query: 'a cat', ...filter })).body);
  expect([...found].sort()).toEqual([...expected].sort());
  const { images } = await searchImages(own.workspace, { query: 'a cat', ...filter }); // the task of the command line
  expect(images.map(({ path }) => path.replace(/^.*\/(.*)\.jpg$/, '$1'))).toEqual(found);
});

test('keywords of other programs filter the gallery and a search', async () => {
  expect(namesOf((await list({ keyword: 'trip' })).body)).toEqual(['munich', 'dachau']);
  expect(namesOf((await list({ keyword: 'trip', withoutKeyword: 'food' })).body)).toEqual(['munich']);
  expect(namesOf((await search({ query: 'keyword:food' })).body)).toEqual(['dachau']);
});

test.each([
  ['sorted by date, page by page', { sort: 'date' }, ['munich', 'dachau', 'sydney', 'unknown']],
  ['near enough, sorted by date', { query: 'a photo', minSimilarity: -1, sort: 'date' }, ['munich', 'dachau', 'sydney', 'unknown']],
])('a search %s goes on where its cursor says', async (_, request, expected) => {
  const filter = 'query' in request ? {} : { minWidth: 1 };
  const first = (await search({ ...request, ...filter, topK: 1 })).body;
  const found = namesOf(first);
  let { nextCursor: cursor } = first;
  while (cursor !== null) {
    const { body } = await search({ cursor, topK: 2 });
    found.push(...namesOf(body));
    cursor = body.nextCursor;
  }
  expect(found).toEqual(expected);
});

test('words without a cut are sorted by date within the page, as the command line does', async () => {
  const nearest = namesOf((await search({ query: 'a rocket', topK: 2 })).body);
  expect(nearest[0]).toBe('sydney');
  const byDate = namesOf((await search({ query: 'a rocket', topK: 2, sort: 'date' })).body);
  const { images } = await searchImages(own.workspace, { query: 'a rocket', topK: 2, sort: 'date' });
  expect(byDate).toEqual(images.map(({ path }) => path.replace(/^.*\/(.*)\.jpg$/, '$1')));
  expect([...byDate].sort()).toEqual([...nearest].sort());
});

test('more words and plain words are searched for as on the command line', async () => {
  for (const request of [
    { texts: ['a cat', 'a cup of coffee^0.2'] },
    { query: 'a rocket', plain: true },
    { query: 'a cat', templates: ['a sketch of {}'] },
  ]) {
    const { images } = await searchImages(own.workspace, request);
    expect(namesOf((await search(request)).body)).toEqual(images.map(({ path }) => path.replace(/^.*\/(.*)\.jpg$/, '$1')));
  }
});

test.each([
  ['a distance without a place', { within: '5km' }],
  ['a place that is none', { near: 'Munich' }],
  ['a rating of 6', { minRating: 6 }],
  ['SQL', { where: 'width > 1' }],
  ['an order by similarity to nothing', { sort: 'similarity', minWidth: 1 }],
])('%s is refused', async (_, filter) => {
  expect((await search(filter)).status).toBe(400);
  const texts = Object.entries(filter).map(([name, value]) => [name, String(value)]);
  expect((await list(Object.fromEntries(texts))).status).toBe(400);
});
