import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';
import { putFile, tinyPng } from '../fixtures/photo-folder.js';

/** Made by exiftool and exiv2 in the layouts of other programs: tests/fixtures/sidecars/build.sh. */
const MADE = `${ROOT}tests/fixtures/sidecars/made`;
const LAYOUTS = readdirSync(MADE).map((name) => name.replace('.xmp', ''));
const hasExiftool = spawnSync('exiftool', ['-ver']).status === 0;

const folder = temporaryFolder();
const db = ['--db', temporaryFolder()];
const at = (name: string): string => join(folder, name);
const run = async (...args: string[]): Promise<CliResult> => {
  const result = await cli([...args, ...db]);
  expect(result).toMatchObject({ code: 0 });
  return result;
};
/** All files but the database, by name. */
const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(png|xmp)$/.test(name))
      .sort()
      .map((name) => [name, readFileSync(at(name), 'latin1')]),
  );

beforeAll(async () => {
  for (const name of [...LAYOUTS, 'none', 'sub/none']) putFile(at(`${name}.png`), tinyPng(name));
  await run('index', folder, '--model', CLIP_TINY);
  const all = [...LAYOUTS, 'none', 'sub/none'].map((name) => at(`${name}.png`));
  for (const tag of ['crab', 'red panda', 'Sea', 'a & b']) await run('tags', 'add', tag, ...all);
});
beforeEach(() => {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) if (name.endsWith('.xmp')) rmSync(at(name));
  for (const [i, name] of LAYOUTS.entries()) copyFileSync(join(MADE, `${name}.xmp`), at(i % 2 ? `${name}.xmp` : `${name}.png.xmp`));
});

describe('export --xmp --remove', () => {
  test.each([
    ['one export', [[]]],
    ['hierarchical lists', [['--hierarchical']]],
    ['several exports, each with other lists', [[], ['--hierarchical'], ['--sidecars', 'photo.xmp'], []]],
  ])('gives each sidecar back byte for byte after %s, and deletes those that labelwise made', async (_, exports) => {
    const before = contents();
    for (const flags of exports) await run('export', '--xmp', ...flags);
    const during = contents();
    expect(Object.keys(during).length).toBe(Object.keys(before).length + 2);
    expect(Object.keys(before).filter((name) => name.endsWith('.xmp') && before[name] === during[name])).toEqual([]);
    expect((await run('export', '--xmp', ...(exports.at(-1) as string[]))).stderr).toMatch(/^sidecars: 0 written/);
    const { stderr } = await run('export', '--xmp', '--remove');
    expect(stderr).toBe(`sidecars: ${LAYOUTS.length} written, 0 had nothing to change, 2 deleted (they held nothing else)\n`);
    expect(contents()).toEqual(before);
    expect((await run('export', '--xmp', '--remove')).stderr).toBe('sidecars: 0 written, 0 had nothing to change\n');
  });

  test('does the same after tags that were corrected between two exports', async () => {
    const before = contents();
    const all = LAYOUTS.map((name) => at(`${name}.png`));
    await run('export', '--xmp');
    await run('tags', 'remove', 'crab', ...all);
    await run('tags', 'add', 'harbour', ...all);
    await run('export', '--xmp');
    await run('tags', 'forget', 'harbour', ...all);
    await run('tags', 'add', 'crab', ...all);
    await run('export', '--xmp', '--remove');
    expect(contents()).toEqual(before);
  });

  test('a dry run prints what would change, and changes nothing', async () => {
    await run('export', '--xmp');
    const before = contents();
    const { stdout, stderr } = await run('export', '--xmp', '--remove', '--dry-run');
    expect(stdout.trim().split('\n')).toHaveLength(LAYOUTS.length + 2);
    expect(stderr).toBe(
      `sidecars: ${LAYOUTS.length} would be written, 0 had nothing to change, 2 would be deleted (they held nothing else)\n`,
    );
    expect(contents()).toEqual(before);
  });

  test('with --in takes back those of one folder alone, even of photos that have left the index', async () => {
    await run('export', '--xmp');
    const before = contents();
    renameSync(at('sub/none.png'), join(temporaryFolder(), 'gone.png'));
    expect((await run('export', '--xmp', '--remove', '--in', at('sub'))).stderr).toMatch(/0 written.* 1 deleted/);
    const { 'sub/none.png': _png, 'sub/none.png.xmp': _xmp, ...rest } = before;
    expect(contents()).toEqual(rest);
    putFile(at('sub/none.png'), tinyPng('sub/none'));
  });

  test.skipIf(!hasExiftool)('keeps what another program wrote in the meantime (skipped without exiftool)', async () => {
    await run('export', '--xmp', '--hierarchical');
    const paths = readdirSync(folder)
      .filter((name) => name.endsWith('.xmp'))
      .map(at);
    const edit = ['-q', '-q', '-overwrite_original', '-XMP-xmp:Rating=1', '-XMP-dc:Subject+=mine'];
    execFileSync('exiftool', [...edit, ...paths], { stdio: 'pipe' });
    await run('export', '--xmp', '--remove');
    const rows = JSON.parse(execFileSync('exiftool', ['-j', ...paths], { encoding: 'utf8' })) as Record<string, unknown>[];
    expect(rows).toHaveLength(paths.length);
    for (const row of rows) {
      const subjects = [row.Subject ?? []].flat();
      expect([row.SourceFile, row.Rating]).toEqual([row.SourceFile, 1]);
      expect(subjects).toContain('mine');
      expect(JSON.stringify(row)).not.toMatch(/crab|red panda|a & b|[Uu]ndo/);
    }
  });

  test.each([
    ['--csv', '--remove'],
    ['--xmp', '--remove', '--tags', 'x'],
    ['--xmp', '--remove', '--min-probability', '0.5'],
    ['--xmp', '--remove', '--hierarchical'],
  ])('%s %s %s is refused', async (...flags) => {
    expect(await cli(['export', ...flags, ...db])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('export takes the tags that are chosen', () => {
  beforeAll(async () => {
    for (const [name, labels] of [
      ['pets', 'cat, dog'],
      ['places', 'beach, forest'],
    ] as const)
      await run('tag', '--labels', labels, '--name', name, '--one-label', '--min-probability', '0', '--top-k', '1', '--model', CLIP_TINY);
  });
  const labelsOf = async (...flags: string[]): Promise<string[]> => {
    const rows = JSON.parse((await run('export', '--json', ...flags)).stdout) as { tags: { label: string }[] }[];
    return [...new Set(rows.flatMap(({ tags }) => tags.map(({ label }) => label)))].sort();
  };
  const BY_HAND = ['Sea', 'a & b', 'crab', 'red panda'];

  test('--tags takes one set or several, with what people said', async () => {
    const [pets, places] = [await labelsOf('--tags', 'pets'), await labelsOf('--tags', 'places')];
    expect(pets.filter((label) => !BY_HAND.includes(label)).every((label) => ['cat', 'dog'].includes(label))).toBe(true);
    expect(places.filter((label) => !BY_HAND.includes(label)).every((label) => ['beach', 'forest'].includes(label))).toBe(true);
    expect(pets).toEqual(expect.arrayContaining(BY_HAND));
    expect(await labelsOf('--tags', 'pets', '--tags', 'places')).toEqual([...new Set([...pets, ...places])].sort());
  });

  test('--min-probability leaves out what is less sure', async () => {
    expect(await labelsOf('--min-probability', '1')).toEqual(BY_HAND);
  });

  test('--in takes one folder, and says so where it holds no image', async () => {
    const paths = async (...flags: string[]) =>
      (JSON.parse((await run('export', '--json', ...flags)).stdout) as { path: string }[]).map(({ path }) => path);
    expect(await paths('--in', at('sub'))).toEqual([at('sub/none.png')]);
    expect((await run('export', '--json', '--in', at('su'))).stderr).toContain(`There are no images in ${at('su')} in the index.`);
    await run('export', '--xmp', '--in', at('sub'));
    expect([existsSync(at('sub/none.png.xmp')), existsSync(at('none.png.xmp'))]).toEqual([true, false]);
  });

  test('a set that does not exist is refused with those that do', async () => {
    const { code, stderr } = await cli(['export', '--xmp', '--tags', 'pet', ...db]);
    expect([code, stderr]).toEqual([5, expect.stringContaining('hint: There are: pets, places.')]);
  });
});
