import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { classify, cli, rowsOf } from '../fixtures/cli.js';
import { copyWithout, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { CAT, ROCKET, write } from '../fixtures/pictures.js';

const PETS = ['--labels', 'cat, dog, red panda'];
interface MatchesJson {
  path: string;
  matches: { label: string; similarity: number; distance: number }[];
  error?: { code: string };
}

describe('labelwise labels keeps label tables', () => {
  let db: string[];
  beforeAll(async () => {
    db = ['--db', temporaryFolder()];
    const { code, stdout, stderr } = await cli(['labels', 'build', 'pets', ...PETS, '--template', 'a photo of a {}.', ...db]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toBe(`built "pets": 3 labels, 1 template, pocket, in ${db[1]}\n`);
  });

  test('search --json gives matches with label, similarity and distance, nearest first', async () => {
    const result = await cli(['labels', 'search', 'pets', CAT, ROCKET, '--limit', '2', '--json', ...db]);
    const rows = rowsOf<MatchesJson>(result);
    expect(result.code).toBe(0);
    expect(rows.map((row) => [row.path, Object.keys(row), row.matches.length])).toEqual([
      [CAT, ['path', 'matches'], 2],
      [ROCKET, ['path', 'matches'], 2],
    ]);
    const [first, second] = rows[0]?.matches ?? [];
    expect(Object.keys(first ?? {})).toEqual(['label', 'similarity', 'distance']);
    expect(first?.label).toBe('cat');
    expect(first?.distance).toBeLessThan(second?.distance as number);
  });

  test('search has --ndjson, --csv and a table for people', async () => {
    const search = (...flags: string[]) => cli(['labels', 'search', 'pets', CAT, ...db, ...flags]);
    expect(JSON.parse((await search('--ndjson')).stdout).matches).toHaveLength(3);
    expect((await search('--csv')).stdout).toMatch(/^path,rank,label,similarity,distance,error_code,error_message\n\S+,1,cat,/);
    expect((await search()).stdout).toMatch(/rank +label +similarity +distance\n +1 +cat/);
  });

  test('search goes on after a bad image, and exits with 3', async () => {
    const bad = write(db[1] as string, 'bad.jpg', 'text');
    const result = await cli(['labels', 'search', 'pets', bad, CAT, '--json', ...db]);
    expect(result.code).toBe(3);
    expect(rowsOf<MatchesJson>(result).map((row) => row.error?.code ?? row.matches[0]?.label)).toEqual(['IMAGE_UNSUPPORTED', 'cat']);
  });

  test('classify --table ranks as classify with the same labels does', async () => {
    const [fromTable] = await classify([CAT], '--table', 'pets', ...db);
    const [fromLabels] = await classify([CAT], ...PETS, '--template', 'a photo of a {}.', ...db);
    expect(fromTable).toEqual(fromLabels);
  });

  test('list --json says labels, templates, model and fingerprint', async () => {
    const [table] = rowsOf<Record<string, unknown>>(await cli(['labels', 'list', '--json', ...db]));
    expect(table).toMatchObject({ name: 'pets', labels: 3, templates: ['a photo of a {}.'], encoder: { name: 'pocket' } });
    expect((await cli(['labels', 'list', ...db])).stdout).toMatch(/^pets {2}3 labels in 1 template, pocket/);
  });

  test('building a name that exists is refused, unless --overwrite', async () => {
    const again = ['labels', 'build', 'pets', '--labels', 'cat, teapot', ...db];
    const { code, stderr } = await cli(again);
    expect(code).toBe(5);
    expect(stderr).toMatch(/The label table "pets" already exists\.\nhint: Replace it with --overwrite/);
    expect((await cli([...again, '--overwrite'])).code).toBe(0);
    const [row] = await classify([CAT], '--table', 'pets', ...db);
    expect(row?.predictions.map((p) => p.label)).toEqual(['cat', 'teapot']);
    await cli(['labels', 'build', 'pets', ...PETS, '--template', 'a photo of a {}.', '--overwrite', ...db]);
  });

  test.each([
    ['search', ['labels', 'search', 'pets', CAT]],
    ['classify', ['classify', CAT, '--table', 'pets']],
  ])('%s with another model is refused with both names', async (_name, command) => {
    const model = copyWithout(CLIP_TINY);
    const { code, stdout, stderr } = await cli([...command, '--model', model, ...db]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/"pets" was built with pocket \([0-9a-f]+\) and cannot be searched with /);
    expect(stderr).toContain(model);
  });

  test.each([
    ['search', ['labels', 'search', 'birds', CAT]],
    ['classify', ['classify', CAT, '--table', 'birds']],
    ['remove', ['labels', 'remove', 'birds']],
  ])('%s of an unknown table is refused with how to build it', async (_name, command) => {
    const { code, stderr } = await cli([...command, ...db]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/There is no label table "birds" in [\s\S]*labelwise labels build birds/);
  });

  test.each(['../evil', 'a b', '-x y', ''])('the table name %j is refused', async (name) => {
    const { code, stderr } = await cli(['labels', 'build', ...db, ...PETS, '--', name]);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected a table name');
  });

  test('remove takes a table away', async () => {
    await cli(['labels', 'build', 'gone', ...PETS, ...db]);
    expect((await cli(['labels', 'remove', 'gone', ...db])).code).toBe(0);
    expect((await cli(['labels', 'search', 'gone', CAT, ...db])).code).toBe(5);
    expect((await cli(['labels', 'remove', ...db])).code).toBe(2);
  });

  test('list leaves the tables of the index alone, also damaged ones', async () => {
    const folder = temporaryFolder();
    mkdirSync(`${folder}/images.lance/_versions`, { recursive: true });
    writeFileSync(`${folder}/images.lance/_versions/1.manifest`, 'damaged');
    const { code, stdout } = await cli(['labels', 'list', '--json', '--db', folder]);
    expect([code, stdout]).toEqual([0, '[]\n']);
  });

  test('an empty database lists nothing, and says how to make a table', async () => {
    const { code, stdout, stderr } = await cli(['labels', 'list', '--json', '--db', temporaryFolder()]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[]\n' });
    expect(stderr).toContain('labelwise labels build');
  });
});

describe('LanceDB finds the labels that classify ranks', () => {
  test.each([
    ['cifar100', 100],
    ['imagenet-1k', 1000],
  ] as const)('all of %s (%i labels), with distances within 1e-5', async (set, count) => {
    const db = ['--db', temporaryFolder()];
    expect((await cli(['labels', 'build', 'all', '--label-set', set, '--template', 'a photo of a {}.', ...db])).code).toBe(0);
    const [found] = rowsOf<MatchesJson>(await cli(['labels', 'search', 'all', CAT, '--limit', '2000', '--json', ...db]));
    const [ranked] = await classify([CAT], '--table', 'all', '--top-k', '2000', ...db);
    expect(found?.matches).toHaveLength(count);
    const byLabel = new Map(ranked?.predictions.map((p) => [p.label, p.distance]));
    for (const [i, match] of (found?.matches ?? []).entries()) {
      const inOrder = ranked?.predictions[i]?.distance as number; // two labels that are as far, but for rounding, may have changed places
      for (const distance of [inOrder, byLabel.get(match.label) as number]) expect(Math.abs(match.distance - distance)).toBeLessThan(1e-5);
    }
  });
});
