import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace } from '../../dist/index.js';
import { classify, cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { CAT, COFFEE, ROCKET, write } from '../fixtures/pictures.js';

let folder: string;
let db: string[];
const at = (...parts: string[]): string => join(folder, ...parts);
const run = async (...args: string[]) => {
  const result = await cli([...args, ...db], { cwd: folder });
  expect(result.stderr).not.toContain('bug:');
  return result;
};
/** Parts of a picture, each a little different. */
async function crop(picture: string, name: string, count: number): Promise<void> {
  mkdirSync(at(name), { recursive: true });
  const { width, height } = await sharp(picture).metadata();
  for (let i = 0; i < count; i++) {
    const edge = Math.round(Math.min(width, height) * 0.03 * (i + 1));
    const area = { left: edge, top: edge, width: width - 2 * edge, height: height - 2 * edge };
    await sharp(picture)
      .extract(area)
      .jpeg()
      .toFile(at(name, `${i}.jpg`));
  }
}

beforeAll(async () => {
  folder = temporaryFolder();
  db = ['--db', at('db')];
  await crop(CAT, 'cats', 3);
  await crop(ROCKET, 'rockets', 3);
  await crop(COFFEE, 'cups', 2);
  // Words that the pictures do not show, so that only examples can tell.
  expect((await run('labels', 'build', 'things', '--labels', 'violin, glacier, tractor')).code).toBe(0);
});

const top = async (...flags: string[]): Promise<(string | undefined)[]> =>
  (await classify([CAT, ROCKET], ...flags, ...db)).map(({ predictions }) => predictions[0]?.label);

describe('labelwise teach', () => {
  test('a few examples decide, and forgetting them gives the same answers as before, bit for bit', async () => {
    const before = await classify([CAT, ROCKET, COFFEE], '--table', 'things', ...db);
    const taught = await run('teach', 'things', '--add', 'glacier=cats', '--add', 'tractor=rockets/*.jpg');
    expect({ code: taught.code, stdout: taught.stdout }).toEqual({ code: 0, stdout: '' });
    expect(taught.stderr).toMatch(
      /^taught "things": 6 added; 6 examples of 2 labels now, pocket\nleave-one-out accuracy \d+ % -> 100 % on 6 examples\n$/,
    );
    expect(await top('--table', 'things')).toEqual(['glacier', 'tractor']);
    const result = await run('classify', CAT, '--table', 'things', '--json');
    expect(result.stderr).toBe('"things" was taught: 6 examples of 2 labels\n');
    expect((await run('teach', 'things', '--forget', 'tractor')).stderr).toContain('0 added, 3 forgotten; 3 examples of 1 label now');
    expect((await run('teach', 'things', '--forget', 'glacier')).stderr).toBe(
      '"things" has no examples now (3 forgotten): its answers come from text alone\n',
    );
    expect(await classify([CAT, ROCKET, COFFEE], '--table', 'things', ...db)).toEqual(before);
  });

  test('the same photo is stored once for a label, whatever its name, and --list shows it', async () => {
    await sharp(at('cats', '0.jpg')).toFile(at('reencoded.jpg'));
    await run('teach', 'things', '--add', 'glacier=cats/0.jpg');
    const again = await run('teach', 'things', '--add', 'glacier=cats', '--add', 'violin=cats/0.jpg');
    expect(again.stderr).toMatch(/^taught "things": 3 added, 1 known already; 4 examples of 2 labels now/);
    const rows = rowsOf<Record<string, unknown>>(await run('teach', 'things', '--list', '--json'));
    expect(rows.map(({ label, shows, source }) => [label, shows, source])).toEqual([
      ['glacier', true, 'cats/0.jpg'],
      ['glacier', true, 'cats/1.jpg'],
      ['glacier', true, 'cats/2.jpg'],
      ['violin', true, 'cats/0.jpg'],
    ]);
    expect((await run('teach', 'things', '--list', '--csv')).stdout).toMatch(/^label,shows,source,content_hash,added_at\nglacier,true,/);
    const hash = String(rows[1]?.contentHash).slice(0, 12);
    const two = await run('teach', 'things', '--forget', 'glacier=cats/2.jpg', '--forget', `glacier=${hash}`);
    expect(two.stderr).toContain('0 added, 2 forgotten; 2 examples of 2 labels now');
    expect((await run('teach', 'things', '--forget', 'glacier=cats/2.jpg')).stderr).toContain(
      '"things" has no examples of "glacier=cats/2.jpg"',
    );
    expect((await run('teach', 'things', '--forget-all')).stderr).toContain('(2 forgotten)');
    expect((await run('teach', 'things', '--list')).stderr).toMatch(
      /^"things" has no examples in .*; add some with: labelwise teach things/,
    );
  });

  test('a bad image is named, the others are learnt, and the exit code is 3', async () => {
    write(at('cats'), 'bad.jpg', 'text');
    const { code, stderr } = await run('teach', 'things', '--add', 'glacier=cats');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/3 added; 3 examples of 1 label now[\s\S]*cats\/bad\.jpg: [\s\S]*1 of 4 images/),
    });
    await run('teach', 'things', '--forget-all');
  });

  test('a label set that ships can be taught; tag and eval use it and say so', async () => {
    expect((await run('index', 'cats', 'rockets', 'cups')).code).toBe(3); // bad.jpg
    const evaluate = () => run('eval', at('data'), '--label-set', 'stl10', '--json');
    mkdirSync(at('data', 'ship'), { recursive: true });
    await sharp(COFFEE)
      .jpeg()
      .toFile(at('data', 'ship', 'cup.jpg'));
    const plain = JSON.parse((await evaluate()).stdout);
    expect(plain.labels.source).toBe('label set stl10');
    expect(plain.variants[0].measures.topK[0].value).toBe(0);
    await run('teach', 'stl10', '--add', 'ship=cups');
    const { stdout, stderr } = await evaluate();
    const taught = JSON.parse(stdout);
    expect(taught.labels.source).toBe('label set stl10, taught by examples');
    expect(taught.variants[0].measures.topK[0].value).toBe(1);
    expect(stderr).toContain('"stl10" was taught: 2 examples of 1 label\n');
    const tagged = await run('tag', '--label-set', 'stl10', '--min-probability', '0.3');
    expect(tagged.stderr).toContain('"stl10" was taught');
    await run('teach', 'stl10', '--forget-all');
    expect(JSON.parse((await evaluate()).stdout).variants[0].measures).toEqual(plain.variants[0].measures);
  });

  test('correcting tags by hand improves the tags of other photos; forgotten corrections are forgotten here too', async () => {
    for (const [tag, name] of [
      ['tractor', 'cats/0.jpg'],
      ['tractor', 'cats/1.jpg'],
      ['glacier', 'rockets/0.jpg'],
      ['glacier', 'rockets/1.jpg'],
    ])
      expect((await run('tags', 'add', tag as string, name as string)).code).toBe(0);
    await run('tags', 'remove', 'violin', 'cats/2.jpg');
    const { stderr } = await run('teach', 'things', '--from-corrections');
    expect(stderr).toMatch(/^taught "things": 5 added; 5 examples of 3 labels now/);
    expect((await run('tag', '--label-set', 'things', '--min-probability', '0.4')).code).toBe(0); // the text says 0
    const rows = rowsOf<{ path: string; tags: { label: string; labelSet?: string }[] }>(await run('export', '--json'));
    const tagsOf = (name: string) =>
      rows.find(({ path }) => path === at(name))?.tags.flatMap(({ label, labelSet }) => (labelSet === 'stl10' ? [] : [label]));
    expect([tagsOf('cats/2.jpg'), tagsOf('rockets/2.jpg')]).toEqual([['tractor'], ['glacier']]);
    await run('tags', 'forget', 'tractor', 'cats/0.jpg', 'cats/1.jpg');
    expect((await run('teach', 'things', '--from-corrections')).stderr).toMatch(
      /^taught "things": 0 added, 3 known already, 2 forgotten; 3 examples/,
    );
    await run('teach', 'things', '--forget-all');
  });

  test('a label that the set does not have, a set that there is not, and examples of another model are refused', async () => {
    const unknown = await run('teach', 'things', '--add', 'violet=cats/0.jpg');
    expect(unknown.code).toBe(3);
    expect(unknown.stderr).toMatch(/^error: The label set "things" has no label "violet"\.\nhint: It has violin, glacier, tractor\./);
    expect((await run('teach', 'nothing', '--add', 'a=cats/0.jpg')).code).toBe(5);
    expect((await run('teach', 'things', '--forget', 'violin')).stderr).toContain('"things" has no examples of "violin".');
    await run('teach', 'stl10', '--add', 'ship=cups');
    const other = await run('teach', 'stl10', '--add', 'ship=cats/0.jpg', '--model', CLIP_TINY);
    expect(other.code).toBe(5);
    expect(other.stderr).toContain('The examples of "stl10" were made with pocket');
    const warned = await run('classify', COFFEE, '--label-set', 'stl10', '--model', CLIP_TINY);
    expect(warned.code).toBe(0);
    expect(warned.stderr).toMatch(/^warning: The examples of "stl10" are not used: they were made with pocket/m);
    await run('teach', 'stl10', '--forget-all');
  });

  test.each([
    [[], 'Expected --add, --from-corrections or --forget'],
    [['--list', '--forget', 'violin'], 'or --list alone'],
    [['--add', 'glacier'], 'Expected --add LABEL=IMAGES, got "glacier".'],
    [['--add', '=cats'], 'Expected --add LABEL=IMAGES'],
  ])('teach things %j is refused', async (flags, message) => {
    const { code, stderr } = await run('teach', 'things', ...flags);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

test('removing a label table says that its examples stay', async () => {
  await run('labels', 'build', 'gone', '--labels', 'violin, glacier');
  await run('teach', 'gone', '--add', 'glacier=cats/0.jpg');
  expect((await run('labels', 'remove', 'gone')).stderr).toMatch(
    /^removed "gone" from .*\nits examples stay for the next table of this name/,
  );
  expect((await run('teach', 'gone', '--forget-all')).stderr).toContain('(1 forgotten)');
  await run('labels', 'build', 'gone', '--labels', 'violin, glacier');
  expect((await run('labels', 'remove', 'gone')).stderr).toMatch(/^removed "gone" from .*\n$/);
});

test('the library teaches and classifies by examples', async () => {
  await using workspace = openWorkspace({ db: at('library-db'), cwd: folder });
  const labels = ['ship', 'airplane'];
  const add = [
    { label: 'ship', images: ['cats/0.jpg', 'cats/1.jpg'] },
    { label: 'airplane', images: ['rockets/0.jpg', 'rockets/1.jpg'] },
  ];
  const summary = await workspace.teach({ name: 'stl10', add });
  expect(summary).toMatchObject({ added: 4, examples: 4, labels: 2, failed: [], leaveOneOut: { photos: 4, after: 4 } });
  const request = { labels, examples: 'stl10', onWarning: () => {} };
  const [one] = await workspace.classify(CAT, request);
  expect(one?.predictions[0]?.label).toBe('ship');
  await expect(workspace.teach({ name: 'stl10', forgetAll: true, add })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await workspace.teach({ name: 'stl10', forgetAll: true });
  expect(await workspace.classify(CAT, request)).toEqual(await workspace.classify(CAT, { labels }));
  await expect(workspace.teach({ name: 'stl10', adds: [] } as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
