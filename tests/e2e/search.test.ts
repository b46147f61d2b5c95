import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { DATA, hasData } from '../fixtures/paths.js';
import { CAT } from '../fixtures/pictures.js';

interface Found {
  rank: number;
  path: string;
  similarity: number | null;
  contentHash: string;
  width: number;
}
interface Photo {
  file: string;
  width: number;
  captions: string[];
  objects: string[];
}

const hasCoco = hasData('coco-captions');
if (!hasCoco) console.warn('skipped: there is no coco-captions in LABELWISE_DATA');

describe.skipIf(!hasCoco)('search over the COCO captions, with the embedded model', () => {
  const folder = `${DATA}/coco-captions/images`;
  const db = temporaryFolder();
  const nameOf = ({ path }: Found): string => path.split('/').at(-1) as string;
  let photos: Map<string, Photo>;
  const search = async (...args: string[]): Promise<Found[]> => {
    const result = await cli(['search', ...args, '--json', '--db', db]);
    if (result.code !== 0) throw new Error(result.stderr);
    return rowsOf<Found>(result);
  };
  beforeAll(async () => {
    const { images } = JSON.parse(readFileSync(`${DATA}/coco-captions/captions.json`, 'utf8')) as { images: Photo[] };
    photos = new Map(images.map((photo) => [photo.file, photo]));
    const { code, stderr } = await cli(['index', folder, '--db', db]);
    if (code !== 0) throw new Error(stderr);
  });
  const share = (found: readonly Found[], object: string): number =>
    found.filter((row) => photos.get(nameOf(row))?.objects.includes(object)).length / found.length;

  test('text to image reaches R@1 of 0.41 and R@5 of 0.84 with captions as they are', async () => {
    const { openImageSearcher } = await import('../../dist/store/search-images.js');
    const { loadEncoder } = await import('../../dist/library/encoders.js');
    const [searcher, encoder] = [await openImageSearcher(openDatabase(db)), await loadEncoder()];
    const captions = [...photos.values()].flatMap(({ file, captions }) => captions.map((caption) => ({ file, caption })));
    const queries = await encoder.encodeTexts(captions.map(({ caption }) => caption));
    const recall = { at1: 0, at5: 0 };
    for (const [i, query] of queries.entries()) {
      const names = (await searcher.search({ query, limit: 5 })).map(({ path }) => path.split('/').at(-1));
      if (names[0] === captions[i]?.file) recall.at1++;
      if (names.includes(captions[i]?.file)) recall.at5++;
    }
    searcher.close();
    await encoder.close();
    console.log(`R@1 ${(recall.at1 / queries.length).toFixed(4)}, R@5 ${(recall.at5 / queries.length).toFixed(4)} of ${queries.length}`);
    expect(recall.at1 / queries.length).toBeGreaterThanOrEqual(0.41);
    expect(recall.at5 / queries.length).toBeGreaterThanOrEqual(0.84);
    const first = captions[0] as { caption: string };
    const found = await search(first.caption, '--plain', '-k', '5');
    expect(found[0]?.similarity).toBeGreaterThan(0);
  });

  test('pages of results join without a gap, and --exact gives the same', async () => {
    const all = await search('a dog', '-k', '12');
    const pages = [await search('a dog', '-k', '6'), await search('a dog', '-k', '6', '--offset', '6')].flat();
    expect(pages).toEqual(all);
    expect(all.map(({ rank }) => rank)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(await search('a dog', '-k', '12', '--exact')).toEqual(all);
    expect(all.every((row, i) => i === 0 || (row.similarity as number) <= (all[i - 1]?.similarity as number))).toBe(true);
  });

  test('filters keep what they say', async () => {
    const wide = await search('a street', '-k', '100', '--where', 'width > 600 AND height < 500');
    expect(wide.length).toBe(
      [...photos.values()].filter(({ width, ...photo }) => width > 600 && (photo as never as Found & { height: number }).height < 500)
        .length,
    );
    expect(wide.every(({ width }) => width > 600)).toBe(true);
    expect(await search('--min-width', '640', '-k', '100')).toHaveLength([...photos.values()].filter(({ width }) => width >= 640).length);
    expect(await search('a street', '--format', 'png')).toEqual([]);
    expect(await search('a street', '--in', '/elsewhere')).toEqual([]);
    const quote = await search('--camera', "O'Brien'; DROP TABLE images; --");
    expect(quote).toEqual([]);
  });

  test('an image finds itself, by its file, its path in the index and its hash', async () => {
    const [file] = photos.keys();
    const path = join(folder, file as string);
    const byFile = await search('--image', path, '-k', '3');
    const byPath = await search('--like', path, '-k', '3');
    const byHash = await search('--like', (byPath[0] as Found).contentHash.slice(0, 12), '-k', '3');
    for (const found of [byFile, byPath, byHash]) {
      expect(found[0]).toMatchObject({ path });
      expect(found[0]?.similarity).toBeCloseTo(1, 5);
    }
    expect(byHash).toEqual(byPath);
  });

  test('a mixed query turns towards its words and away from what is unwanted', async () => {
    const plain = await search('a person', '-k', '20');
    const without = await search('a person', '--without', 'a car', '-k', '20');
    const mixed = await search('a person', '--text', 'a car', '-k', '20');
    expect(share(mixed, 'car')).toBeGreaterThan(share(plain, 'car'));
    expect(share(without, 'car')).toBeLessThan(share(mixed, 'car'));
    const none = await search('a person', '--text', 'a car^0', '-k', '20');
    expect(none.map(nameOf)).toEqual(plain.map(nameOf));
  });

  test('as many are shown as the settings say, and ten where they say nothing', async () => {
    expect(await search('a dog')).toHaveLength(10);
    const result = await cli(['search', 'a dog', '--json', '--db', db], { env: { LABELWISE_TOP_K: '3' } });
    expect(rowsOf(result)).toHaveLength(3);
  });

  test('words need no quotes', async () => {
    expect(await search('a', 'dog', '-k', '4')).toEqual(await search('a dog', '-k', '4'));
  });

  test('pages, CSV and NDJSON hold the same images', async () => {
    const page = join(temporaryFolder(), 'out.html');
    const rows = await search('a dog', '-k', '4', '--html', page);
    const html = readFileSync(page, 'utf8');
    for (const row of rows) expect(html).toContain(nameOf(row));
    const csv = (await cli(['search', 'a dog', '-k', '4', '--csv', '--db', db])).stdout.trim().split('\n');
    expect(csv).toHaveLength(5);
    const ndjson = (await cli(['search', 'a dog', '-k', '4', '--ndjson', '--db', db])).stdout.trim().split('\n');
    expect(ndjson.map((line) => JSON.parse(line))).toEqual(rows);
  });

  test('--relevant says when nothing stands out, and keeps a part of the rest', async () => {
    const counts: number[] = [];
    for (const words of ['a train', 'a pizza', 'a cat', 'a bus']) counts.push((await search(words, '--relevant', '-k', '79')).length);
    expect(Math.max(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThan(79);
    const { stdout, stderr } = await cli(['search', 'qwertz', '--relevant', '--json', '--db', db]);
    expect([stdout.trim(), stderr]).toEqual(['[]', expect.stringContaining('Nothing in the index stands out')]);
    const page = join(temporaryFolder(), 'out.html');
    await search('qwertz', '--relevant', '--html', page);
    expect(readFileSync(page, 'utf8')).toContain('<main><p class="note">Nothing in the index stands out for this query.</p></main>');
  });

  test('what cannot be searched for is told', async () => {
    const fail = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await cli(['search', ...args, '--db', db]);
      return `${code} ${stderr.split('\n')[0]}`;
    };
    expect(await fail('dog', '--where', 'colour = 3')).toBe('2 error: The filter "colour = 3" cannot be used: there is no column colour.');
    expect(await fail('dog', '--where', 'nosuch(width) > 3')).toMatch(/: there is no function nosuch\.$/);
    expect(await fail('dog', '--where', 'width')).toMatch(/: it is no condition: compare it with something\.$/);
    expect(await fail('dog', '--where', '1=1 LIMIT 3')).toMatch(/: expected \), found: LIMIT\.$/);
    expect(await fail('--format', 'png', '--where', '1=1) OR (1=1')).toMatch(
      /^2 error: .*: a parenthesis is closed that was never opened\.$/,
    );
    expect(await fail('dog', '--where', 'width >')).toMatch(/^2 error: The filter /);
    expect(await fail('dog', '--json', '--csv')).toMatch(/^2 error: Expected one of --json, --ndjson and --csv/);
    expect(await fail('dog', '--html', `${CAT}/x.html`)).toMatch(/^3 error: \S+x\.html cannot be written/);
    const none = await cli(['search', 'dog', '--format', 'png', '--db', db]);
    expect([none.code, none.stdout, none.stderr]).toEqual([
      0,
      '',
      'No image in the index passes --format png. Its formats are: jpeg (79).\nNothing was found.\n',
    ]);
    expect(await fail('dog', '--format', 'hiec')).toMatch(/^2 error: Expected --format to be one of jpeg, png/);
    expect(await fail('tag:nosuch')).toBe('0 no image has the tag "nosuch"; labelwise tags list shows the tag sets');
    expect(await fail()).toMatch(/^2 error: Expected words, --image, --like, a tag or a filter/);
    expect(await fail('--like', 'nothing')).toMatch(/^3 error: nothing is not in the index\.$/);
    expect(await fail('dog', '--after', 'yesterday')).toMatch(/^2 error: Expected --after to be a date/);
    expect(await fail('dog', '--before', '2024-02-30')).toMatch(/^2 error: Expected --before to be a date .*, which no calendar has\.$/);
    expect(await fail('cougar^abc')).toBe('2 error: Expected words, "^" and a weight from 0 to 1000, got "cougar^abc".');
    expect(await fail('--without', 'cup^0')).toMatch(/^2 error: Every part of the query has the weight 0/);
    expect(await fail('tag:')).toMatch(/^2 error: Expected a tag's name right after "tag:"/);
    expect(await fail('dog', '--text', 'dog^0', '--without', 'dog^1')).toMatch(/^2 error: The parts of the query cancel each other out/);
    writeFileSync(join(db, 'note.txt'), 'other files in the database folder do no harm');
    expect(await search('dog', '-k', '1')).toHaveLength(1);
  });
});
