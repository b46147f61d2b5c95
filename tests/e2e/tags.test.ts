import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { classify, cli, MAIN, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { ASTRONAUT, CAT, COFFEE, ROCKET, write } from '../fixtures/pictures.js';

interface Exported {
  path: string;
  tags: { label: string; probability?: number; labelSet?: string }[];
}

const LABELS = ['--labels', 'cat, espresso, rocket, teapot'];
let folder: string;
let db: string[];
const photo = (name: string): string => join(folder, name);
const run = async (...args: string[]) => {
  const result = await cli([...args, ...db], { cwd: folder });
  expect(result.stderr).not.toContain('bug:');
  return result;
};
const exported = async (): Promise<Record<string, string[]>> => {
  const rows = rowsOf<Exported>(await run('export', '--json'));
  return Object.fromEntries(rows.map((row) => [row.path.slice(folder.length + 1), row.tags.map((tag) => tag.label)]));
};

beforeAll(async () => {
  folder = temporaryFolder();
  db = ['--db', temporaryFolder()];
  const exif = { IFD0: { Make: 'NIKON', Model: 'NIKON D90' }, IFD2: { DateTimeOriginal: '2024:06:01 14:30:00' } };
  await sharp(CAT).withExif(exif).jpeg().toFile(photo('cat, 1.jpg'));
  await sharp(CAT).resize(300).jpeg({ quality: 70 }).toFile(photo('small cat.jpg'));
  copyFileSync(ROCKET, photo('rocket.jpg'));
  copyFileSync(ROCKET, photo('same rocket.jpg'));
  await sharp(COFFEE).jpeg().toFile(photo('coffee.jpg'));
  copyFileSync(ASTRONAUT, photo('astronaut.jpg'));
  expect((await run('index', '.')).code).toBe(0);
});

test('a search by date says how many files have none, and so were left out', async () => {
  const search = async (...args: string[]) => (await run('search', ...args, '--json')).stderr;
  expect(await search('--after', '2024')).toBe('--after leaves out 5 files without a date.\n');
  expect(await search('--after', '2024', '--before', '2025', '--in', '.')).toBe('--after and --before leave out 5 files without a date.\n');
  const where = (condition: string) => search('--where', condition);
  const byFile = "Of 5 files, taken_at is only the date of the file (taken_at_source = 'mtime').\n";
  expect(await where("taken_at > '2024'")).toBe(byFile);
  expect(await where("taken_at > '2024' AND taken_at_source <> 'mtime'")).toBe('');
  expect(await where("taken_at > '2024' AND format = 'png'")).not.toContain('no date');
  expect(await where("taken_at > '2024' OR width > 0")).toBe(byFile);
  expect(await where("camera = 'taken_at' OR width > 0")).toBe('');
  expect(await search('--before', '2024', '--camera', 'nikon')).not.toContain('no date');
});

describe('labelwise tag', () => {
  test('gives each image the labels that classify gives it, from a probability on', async () => {
    const { code, stdout, stderr } = await run('tag', ...LABELS, '--name', 'things', '--one-label', '--min-probability', '0.6');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^tagged "things": \d tags on \d of 5 images, 4 labels, pocket\n$/);
    const classified = await classify([photo('cat, 1.jpg'), photo('coffee.jpg'), photo('rocket.jpg')], ...LABELS);
    const tags = rowsOf<Exported>(await run('export', '--json'));
    for (const { path, predictions } of classified) {
      const expected = predictions.filter((p) => p.probability >= 0.6);
      const got = tags.find((row) => row.path === path)?.tags ?? [];
      expect(got.map((tag) => [tag.label, tag.labelSet])).toEqual(expected.map((p) => [p.label, 'things']));
      expect(got[0]?.probability).toBeCloseTo(expected[0]?.probability as number, 4);
    }
    expect(await exported()).toMatchObject({
      'cat, 1.jpg': ['cat'],
      'rocket.jpg': ['rocket'],
      'same rocket.jpg': ['rocket'],
      'coffee.jpg': ['espresso'],
    });
  });

  test('other labels under the same name replace it, and that is said', async () => {
    await run('tag', '--labels', 'cat, rocket', '--name', 'other');
    const { stderr } = await run('tag', '--labels', 'cup, moon, shoe', '--name', 'other');
    expect(stderr).toMatch(/^replaced the earlier tags "other", from 2 other labels; use --name to keep both\ntagged "other"/);
    await run('tags', 'delete', 'other');
  });

  test('tagging again replaces the set, and what a person said stays', async () => {
    expect((await run('tags', 'add', 'pet', 'cat, 1.jpg', 'small cat.jpg')).stderr).toBe('added "pet": 2 images\n');
    expect((await run('tags', 'remove', 'rocket', 'rocket.jpg')).code).toBe(0);
    await run('tag', '--labels', 'tabby cat, rocket', '--name', 'things', '--min-probability', '0.6'); // a tiger cat competes
    expect(await exported()).toMatchObject({ 'cat, 1.jpg': ['pet', 'tabby cat'], 'rocket.jpg': [], 'same rocket.jpg': [] });
    await run('tags', 'forget', 'rocket', 'rocket.jpg');
    await run('tags', 'forget', 'pet', 'cat, 1.jpg', 'small cat.jpg');
    await run('tag', ...LABELS, '--name', 'things', '--min-probability', '0.6');
    expect(await exported()).toMatchObject({ 'cat, 1.jpg': ['cat'], 'rocket.jpg': ['rocket'] });
  });

  test('several sets stand side by side, a label table may be one, and one can be deleted', async () => {
    await run('labels', 'build', 'drinks', '--labels', 'espresso, water');
    expect((await run('tag', '--label-set', 'drinks', '--min-probability', '0.9')).code).toBe(0);
    const list = rowsOf<{ name: string; labelSetFingerprint: string }>(await run('tags', 'list', '--json'));
    expect(list.map((set) => set.name)).toEqual(['drinks', 'things']);
    expect(list[0]?.labelSetFingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect((await run('tags', 'delete', 'drinks')).code).toBe(0);
    expect((await run('tags', 'delete', 'drinks')).code).toBe(5);
    expect((await run('tags', 'list')).stdout).toMatch(/^things {2}\d tags among 5 images, 4 labels/);
  });

  test('warns where few labels tag nearly every image, and not where labels are judged one by one', async () => {
    const few = ['tag', '--labels', 'dog, bicycle', '--name', 'few'];
    expect((await run(...few, '--one-label')).stderr).toMatch(
      /warning: 5 of 5 images got a tag\. Of 2 labels, one nearly always reaches a probability of 0\.5, .* raise --min-probability\.\n/,
    );
    for (const flags of [['--multi-label'], []]) expect((await run(...few, ...flags)).stderr).not.toContain('images got a tag');
    expect((await run(...few, '--multi-label', '--one-label')).code).toBe(2);
    await run('tags', 'delete', 'few');
  });

  test.each([
    ['a probability of 2', ['tag', ...LABELS, '--min-probability', '2'], 2, /--min-probability to be a number from 0 to 1, got "2"/],
    ['no labels', ['tag'], 2, /Expected labels from one of/],
    ['a name that is a path', ['tag', ...LABELS, '--name', '../x'], 2, /Expected a name of letters/],
    ['another model', ['tag', ...LABELS, '--name', 'x', '--model', CLIP_TINY], 5, /indexed with pocket .* cannot be compared with/],
    ['an image that is not indexed', ['tags', 'add', 'x', CAT], 3, /is not in the index/],
    ['a blank tag', ['tags', 'add', ' ', 'rocket.jpg'], 2, /Expected a tag, got a blank/],
    ['no format', ['export'], 2, /at least one of --csv/],
    ['Parquet on stdout', ['export', '--parquet'], 2, /--out/],
    ['two formats on stdout', ['export', '--csv', '--json'], 2, /--out with --csv and --json/],
    ['a page that cannot be written', ['duplicates', '--html', `${CAT}/x.html`], 3, /x\.html cannot be written: [\s\S]* --html/],
    ['a file that cannot be written', ['export', '--csv', '--out', `${CAT}/x.csv`], 3, /x\.csv cannot be written: [\s\S]* --out/],
    ['a dry run of a file', ['export', '--csv', '--xmp', '--dry-run'], 2, /--dry-run with --xmp alone, got --csv and --xmp/],
  ])('%s is refused', async (_name, args, code, message) => {
    const result = await run(...args);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  test('without an index, it says how to make one', async () => {
    for (const args of [['tag', ...LABELS, '--name', 'x'], ['duplicates'], ['export', '--csv'], ['tags', 'add', 'x', CAT]]) {
      const { code, stderr } = await cli([...args, '--db', temporaryFolder()]);
      expect([code, stderr]).toEqual([5, expect.stringMatching(/No images were indexed in [\s\S]*hint: .*labelwise index/)]);
    }
  });
});

describe('labelwise search by tags', () => {
  const found = async (...args: string[]): Promise<string[]> =>
    rowsOf<{ path: string }>(await run('search', ...args, '--json'))
      .map((row) => row.path.slice(folder.length + 1))
      .sort();

  test('finds what has a tag, with words or without, corrections by hand included', async () => {
    expect(await found('tag:cat')).toEqual(['cat, 1.jpg', 'small cat.jpg']);
    expect(await found('tag:cat', '--top-k', '1')).toHaveLength(1);
    expect(await found('a rocket -tag:cat')).toEqual(['astronaut.jpg', 'coffee.jpg', 'rocket.jpg']);
    const rows = rowsOf<{ path: string; similarity: null; tagProbability: number }>(await run('search', 'tag:cat', '--json'));
    const tagged = rowsOf<Exported>(await run('export', '--json'));
    const probabilityIn = (path: string) => tagged.find((row) => row.path === path)?.tags.find(({ label }) => label === 'cat')?.probability;
    expect(rows.map(({ tagProbability }) => tagProbability)).toEqual(
      rows
        .map(({ path }) => probabilityIn(path))
        .toSorted()
        .toReversed(),
    );
    expect((await run('search', 'tag:cat')).stdout).toMatch(/^ {3}1 {2,3}\d{2,3}\.\d% {2}/);
    await run('tags', 'add', 'cat', 'rocket.jpg');
    expect(await found('tag:cat', '-k', '1')).toEqual(['rocket.jpg']); // what people say comes first
    await run('tags', 'forget', 'cat', 'rocket.jpg');
    await run('tags', 'add', 'red thing', 'coffee.jpg');
    expect(await found('a cup of coffee tag:"red thing"')).toEqual(['coffee.jpg']);
    expect(await found('tag:"red thing" tag:cat')).toEqual([]);
    await run('tags', 'forget', 'red thing', 'coffee.jpg');
    expect(await found('tag:"red thing"')).toEqual([]);
  });
});

test('a file that could not be read has no tags, and is told from one that is not indexed', async () => {
  const [photos, store] = [temporaryFolder(), ['--db', temporaryFolder()]];
  writeFileSync(join(photos, 'bad.png'), 'no picture');
  copyFileSync(ROCKET, join(photos, 'rocket.jpg'));
  await cli(['index', photos, ...store, '--model', CLIP_TINY]);
  const fail = async (...args: string[]) => (await cli([...args, ...store], { cwd: photos })).stderr.split('\n')[0];
  expect(await fail('tags', 'add', 'dog', 'rocket.jpg', 'bad.png')).toMatch(
    /^error: bad\.png is in the index as a file that could not be used: IMAGE_UNSUPPORTED: /,
  );
  expect(await fail('search', '--like', 'bad.png')).toMatch(/^error: bad\.png is in the index as a file that could not be used/);
  expect(await fail('tags', 'add', 'dog', 'none.png')).toBe('error: none.png is not in the index.');
  expect(await fail('tags', 'forget', 'dog', 'rocket.jpg')).toMatch(/^nothing to forget: "dog" was neither added to nor removed/);
  await fail('tags', 'remove', 'dog', 'rocket.jpg');
  expect((await cli(['tags', 'list', '--corrections', ...store], { cwd: photos })).stdout).toMatch(
    /^removed {2}dog {2}rocket\.jpg {2}\d{4}-\d\d-\d\d\n$/,
  );
  const [correction] = rowsOf(await cli(['tags', 'list', '--corrections', '--json', ...store]));
  expect(correction).toMatchObject({ tag: 'dog', change: 'removed', paths: [join(photos, 'rocket.jpg')] });
  expect(await fail('tags', 'forget', 'dog', 'rocket.jpg')).toBe('forgot corrections of "dog": 1 image');
});

test('a correction of a picture that left the index can be undone, by its content hash', async () => {
  const [photos, store] = [temporaryFolder(), ['--db', temporaryFolder()]];
  for (const picture of [ROCKET, CAT]) copyFileSync(picture, join(photos, picture === CAT ? 'cat.jpg' : 'rocket.jpg'));
  const index = () => cli(['index', photos, ...store, '--model', CLIP_TINY]);
  await index();
  await cli(['tags', 'add', 'keep', join(photos, 'rocket.jpg'), ...store]);
  rmSync(join(photos, 'rocket.jpg'));
  await index();
  const { stdout } = await cli(['tags', 'list', '--corrections', ...store]);
  const [, hash = ''] = /keep {2}([0-9a-f]{12}) \(not in the index now\)/.exec(stdout) ?? [];
  expect((await cli(['tags', 'forget', 'keep', 'f'.repeat(12), ...store])).code).toBe(3);
  expect((await cli(['tags', 'forget', 'keep', hash, ...store])).stderr).toBe('forgot corrections of "keep": 1 image\n');
  expect((await cli(['tags', 'list', '--corrections', ...store])).stdout).toBe('');
});

test('verify names a damaged table, and without it alone all others can still be used', async () => {
  const [photos, store, flags] = [temporaryFolder(), temporaryFolder(), ['--model', CLIP_TINY]];
  copyFileSync(ROCKET, join(photos, 'rocket.jpg'));
  const ours = (...args: string[]) => cli([...args, '--db', store]);
  await ours('index', photos, ...flags);
  await ours('tags', 'add', 'keep', join(photos, 'rocket.jpg'));
  const spoil = (table: string): void => {
    const data = join(store, `${table}.lance`, 'data');
    for (const file of readdirSync(data)) writeFileSync(join(data, file), readFileSync(join(data, file)).subarray(0, 100));
  };
  spoil('images');
  const { code, stdout, stderr } = await ours('index', 'verify', '--repair');
  expect([code, stdout, stderr]).toEqual([
    5,
    expect.stringContaining(`${join(store, 'images.lance')}: `),
    expect.stringContaining('delete only the folder named above'),
  ]);
  rmSync(join(store, 'images.lance'), { recursive: true });
  await ours('index', photos, ...flags);
  expect((await ours('search', 'tag:keep')).stdout).toContain('rocket.jpg');
  expect((await ours('index', 'verify')).code).toBe(0);
  spoil('tag-corrections');
  expect(await ours('index', 'verify')).toMatchObject({ code: 5, stdout: expect.stringContaining(join(store, 'tag-corrections.lance')) });
});

describe('a database is a folder', () => {
  test('whatever its name begins with: LanceDB takes "db" for one of its cloud', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'db-of-nothing'));
    const { code, stderr } = await spawnCli(['tags', 'list', '--db', 'db-of-nothing'], { cwd });
    expect([code, stderr]).toEqual([0, expect.stringContaining('no tag sets in')]);
  });
});

describe('labelwise export', () => {
  test('CSV has a line a tag with the facts of the image', async () => {
    const { stdout } = await run('export', '--csv');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(
      'path,content_hash,size,width,height,format,taken_at,taken_at_source,camera,latitude,longitude,rating,title,caption,keywords,files,tag,probability,label_set',
    );
    expect(lines.find((line) => line.includes('/cat, 1.jpg'))).toMatch(
      /^"\S+cat, 1\.jpg",[0-9a-f]{64},\d+,451,300,jpeg,2024-06-01T14:30:00,exif,NIKON D90,,,,,,,,cat,0\.\d+,things$/,
    );
    expect(lines.length).toBeGreaterThanOrEqual(7);
  });

  test('several formats go into files of one name, Parquet with the same rows as CSV', async () => {
    expect((await run('export', '--csv', '--parquet', '--ndjson', '--out', 'out')).code).toBe(0);
    const file = readFileSync(photo('out.parquet'));
    const rows = await parquetReadObjects({ file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer });
    expect(rows).toHaveLength(readFileSync(photo('out.csv'), 'utf8').trimEnd().split('\n').length - 1);
    expect(rows.find((row) => row.path === photo('cat, 1.jpg'))).toMatchObject({
      path: photo('cat, 1.jpg'),
      width: 451,
      taken_at: '2024-06-01T14:30:00',
      tag: 'cat',
      label_set: 'things',
      latitude: null,
    });
    expect(
      readFileSync(photo('out.ndjson'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).path),
    ).toHaveLength(6);
  });

  test('XMP sidecars get the tags, keep what others wrote, and one that is not XMP is named and left alone', async () => {
    writeFileSync(photo('coffee.jpg.xmp'), 'not xmp');
    const first = await run('export', '--xmp');
    expect(first.code).toBe(3);
    expect(first.stderr).toMatch(
      /warning: \S+coffee\.jpg\.xmp: The sidecar cannot be changed safely: \S+ text data outside of root node\.\n/,
    );
    expect(readFileSync(photo('coffee.jpg.xmp'), 'utf8')).toBe('not xmp');
    write(
      folder,
      'coffee.jpg.xmp',
      readFileSync(photo('rocket.jpg.xmp'), 'utf8')
        .replaceAll('rocket', 'mine')
        .replace(/<labelwise:keywords>.*<\/labelwise:keywords>/, ''),
    );
    const second = await run('export', '--xmp');
    expect([second.code, second.stderr]).toEqual([0, 'sidecars: 1 written, 5 had nothing to change\n']);
    expect(readFileSync(photo('coffee.jpg.xmp'), 'utf8')).toMatch(
      /<rdf:li>mine<\/rdf:li><rdf:li>espresso<\/rdf:li><\/rdf:Bag><\/dc:subject>/,
    );
    expect(readFileSync(photo('cat, 1.jpg.xmp'), 'utf8')).toContain('<rdf:li>cat</rdf:li>');
  });

  test.each(['images', 'tags-things', 'tag-corrections'])('"labels" lays no hand on the table "%s"', async (name) => {
    const before = await exported();
    for (const args of [
      ['remove', name],
      ['build', name, ...LABELS],
      ['build', name, ...LABELS, '--overwrite'],
    ]) {
      const { code, stderr } = await run('labels', ...args);
      expect([code, stderr]).toEqual([2, expect.stringContaining('a table of the index or its tags')]);
    }
    expect(await exported()).toEqual(before);
  });

  test.skipIf(process.platform === 'win32')('a pipe in the place of a sidecar is named, and the rest goes on', async () => {
    const pipe = photo('astronaut.jpg.xmp');
    rmSync(pipe, { force: true });
    execFileSync('mkfifo', [pipe]);
    const { code, stderr } = await run('export', '--xmp');
    rmSync(pipe);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/warning: The sidecar \S+astronaut\.jpg\.xmp cannot be read: it is a pipe, not a file/),
    ]);
  });

  test('sidecars can be named as Lightroom does', async () => {
    rmSync(photo('rocket.jpg.xmp'));
    await run('export', '--xmp', '--sidecars', 'photo.xmp');
    expect(existsSync(photo('rocket.xmp'))).toBe(true);
  });

  test('a dry run prints what would be written, and writes nothing', async () => {
    rmSync(photo('rocket.xmp'), { force: true });
    const { code, stdout, stderr } = await run('export', '--xmp', '--sidecars', 'photo.xmp', '--dry-run');
    expect([code, stdout]).toEqual([0, `${photo('rocket.xmp')}: rocket\n`]);
    expect(stderr).toMatch(
      /^sidecars: 1 would be written, \d had nothing to change\nexisting sidecars used that are not named like photo\.xmp: \d\n$/,
    );
    expect(existsSync(photo('rocket.xmp'))).toBe(false);
  });

  test('a file goes into a folder that is made, and stays as it was when the export is stopped', async () => {
    expect((await run('export', '--csv', '--out', 'new/folder/out.csv')).code).toBe(0);
    const before = readFileSync(photo('new/folder/out.csv'), 'utf8');
    const stopped = await cli(['export', '--csv', '--out', 'new/folder/out.csv', ...db], { cwd: folder, signal: AbortSignal.abort() });
    expect(stopped.code).toBe(130);
    expect(readFileSync(photo('new/folder/out.csv'), 'utf8')).toBe(before);
    expect(readdirSync(photo('new/folder'))).toEqual(['out.csv']);
  });

  test.skipIf(process.platform === 'win32')('/dev/stdout is written to, also behind what the shell wrote there', async () => {
    const command = `(echo before; "$0" "$1" export --ndjson --out /dev/stdout --db "$2") > all.txt`;
    execFileSync('bash', ['-c', command, process.execPath, MAIN, db[1] as string], { cwd: folder, stdio: 'ignore' });
    const lines = readFileSync(photo('all.txt'), 'utf8').trimEnd().split('\n');
    expect([lines[0], lines.length]).toEqual(['before', 7]);
  });
});

describe('labelwise duplicates', () => {
  test('groups what is alike, the one with most pixels first', async () => {
    const result = await run('duplicates', '--json', '--min-similarity', '0.9', '--html', 'duplicates.html');
    const groups = rowsOf<{ group: number; keep: string; images: { path: string; similarity: number; similarTo: string }[] }>(result);
    expect(groups.map((group) => group.images.map((image) => image.path.slice(folder.length + 1)))).toEqual([
      ['cat, 1.jpg', 'small cat.jpg'],
      ['rocket.jpg', 'same rocket.jpg'],
    ]);
    expect(groups[1]?.images[0]).toMatchObject({ contentHash: expect.stringMatching(/^[0-9a-f]{64}$/), format: 'jpeg' });
    expect(groups.map(({ keep }) => keep)).toEqual(groups.map(({ images }) => images[0]?.path));
    for (const { images } of groups) expect(images.map(({ similarTo }) => similarTo)).toEqual([images[1]?.path, images[0]?.path]);
    expect(groups[0]?.images[1]?.similarity).toBeGreaterThan(0.9);
    expect(groups[1]?.images.map(({ similarity }) => similarity)).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
    const page = readFileSync(photo('duplicates.html'), 'utf8');
    expect(page.match(/<img loading="lazy" alt="[^"]+" src="data:image\/webp;base64,/g)).toHaveLength(4);
    expect(page).toContain('<section><h2>Group 1: 2 images</h2>');
    expect(page.match(/the same bytes as the first/g)).toHaveLength(1);
    expect(page).not.toMatch(/https?:\/\//);
  });

  test('has CSV and a table for people, and says when there are none', async () => {
    const csv = await run('duplicates', '--csv', '--min-similarity', '0.9');
    expect(csv.stdout).toMatch(/^group,rank,path,similarity,similar_to,.*\n1,1,"\S+cat, 1\.jpg",0\.9.*\n1,2,\S+small cat\.jpg,0\.9/);
    expect(csv.stderr).toContain('The first image of each group is the one to keep: it has the most pixels');
    expect((await run('duplicates', '--min-similarity', '0.9')).stdout).toMatch(/group 2: 2 images\nsimilarity to first {2,}pixels/);
    const none = await run('duplicates', '--min-similarity', '1', '--json');
    expect(none.stderr).toMatch(/of 6 images are in (?:1 group|[02-9] groups)\n$/);
    expect((await run('duplicates', '--min-similarity', 'much')).code).toBe(2);
  });
});

describe('sidecars of photos that share one, or whose names are no UTF-8', () => {
  const EXPORT = ['export', '--xmp', '--sidecars', 'photo.xmp'];
  const isLinux = process.platform === 'linux'; // macOS and Windows have names of characters alone
  let shared: string;
  let home: string[];
  const tell = (...args: string[]) => cli([...args, ...home], { cwd: shared });
  const keywords = (name: string | Buffer): string[] =>
    [...readFileSync(name, 'utf8').matchAll(/<rdf:li>([^<]*)<\/rdf:li>/g)].map(([, text]) => text as string);
  const bytes = (name: string): Buffer => Buffer.concat([Buffer.from(`${shared}/caf`), Buffer.from([0xe9]), Buffer.from(name)]);

  beforeAll(async () => {
    shared = temporaryFolder();
    home = ['--db', temporaryFolder()];
    copyFileSync(ASTRONAUT, join(shared, 's.jpg'));
    copyFileSync(CAT, join(shared, 's.png'));
    if (isLinux) copyFileSync(ROCKET, bytes('.jpg'));
    await tell('index', '.');
    await tell('tags', 'add', 'person', 's.jpg');
    await tell('tags', 'add', 'cat', 's.png');
    await tell('tags', 'add', 'both \uFFFD', 's.png', 's.jpg');
  });

  test('photos with one sidecar have the keywords of all, and a rerun changes nothing', async () => {
    expect((await tell(...EXPORT)).stderr).toMatch(/^sidecars: 1 written/);
    expect(new Set(keywords(join(shared, 's.xmp')))).toEqual(new Set(['person', 'cat', 'both \uFFFD']));
    for (let again = 0; again < 2; again++) expect((await tell(...EXPORT)).stderr).toMatch(/^sidecars: 0 written/);
  });

  test('a keyword goes when none of them has it any more', async () => {
    await tell('tags', 'remove', 'both \uFFFD', 's.png');
    expect((await tell(...EXPORT)).stderr).toMatch(/^sidecars: [01] written/);
    expect(keywords(join(shared, 's.xmp'))).toContain('both \uFFFD');
    await tell('tags', 'remove', 'both \uFFFD', 's.jpg');
    await tell('tags', 'remove', 'cat', 's.png');
    await tell(...EXPORT);
    expect(new Set(keywords(join(shared, 's.xmp')))).toEqual(new Set(['person']));
  });

  test.skipIf(!isLinux)('the sidecar of a name that is no UTF-8 has the same bytes', async () => {
    await tell('tag', '--labels', 'rocket, teapot', '--name', 'things');
    for (const [flags, name] of [
      [EXPORT, '.xmp'],
      [['export', '--xmp'], '.jpg.xmp'],
    ] as const) {
      rmSync(bytes('.xmp'), { force: true }); // else it would be used under either name
      expect((await tell(...flags)).code).toBe(0);
      expect(keywords(bytes(name))).toContain('rocket');
      expect((await tell(...flags)).stderr).toMatch(/^sidecars: 0 written/);
    }
  });
});
