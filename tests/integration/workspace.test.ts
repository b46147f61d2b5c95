import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorkspace, type Workspace, type WorkspaceOptions } from 'labelwise';
import { beforeAll, describe, expect, test } from 'vitest';
import { findPhotos } from '../../examples/photo-library.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES } from '../fixtures/paths.js';
import { putFile } from '../fixtures/photo-folder.js';

const LABELS = ['cat', 'rocket', 'coffee cup', 'person'];
const PICTURES = ['chelsea.png', 'rocket-q90-444.jpg', 'coffee-q90-420.jpg', 'astronaut-q90-420.jpg'];

/** Pictures in a folder of their own, one of them twice, and a workspace with its database. */
function open(options: Partial<WorkspaceOptions> = {}): { cwd: string; workspace: Workspace } {
  const cwd = temporaryFolder();
  const names = readdirSync(IMAGES).filter((name) => PICTURES.some((start) => name.startsWith(start.split('-')[0] as string)));
  for (const name of names.slice(0, 6)) putFile(join(cwd, 'photos', name), readFileSync(join(IMAGES, name)));
  putFile(join(cwd, 'photos', 'chelsea-again.png'), readFileSync(`${IMAGES}/chelsea.png`));
  return { cwd, workspace: openWorkspace({ db: 'db', cwd, ...options }) };
}

describe('every verb, through the library and the command line', () => {
  let cwd: string;
  let workspace: Workspace;
  beforeAll(() => {
    ({ cwd, workspace } = open());
    return () => workspace.close();
  });
  const run = (...args: string[]) => cli([...args, '--quiet'], { cwd, env: { LABELWISE_DB: join(cwd, 'db') } });
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await run(...args, '--json');
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  test('index', async () => {
    const progress: number[] = [];
    const summary = await workspace.index({ folders: ['photos'], onProgress: ({ done }) => progress.push(done) });
    expect(summary).toMatchObject({ found: 7, encoded: 6, known: 1, failed: [], missing: [] });
    expect(progress.at(-1)).toBeGreaterThan(0);
    const again = await workspace.index();
    expect(again).toMatchObject({ found: 7, unchanged: 7, encoded: 0 });
    expect(await json('index', 'photos')).toEqual([JSON.parse(JSON.stringify(again))]);
  });

  test('status', async () => {
    const { leftOutFiles, ...status } = await workspace.status();
    expect(status).toMatchObject({ files: 7, failed: 0, roots: [join(cwd, 'photos')], missing: [] });
    expect(leftOutFiles).toEqual([]);
    expect(await json('index', 'status')).toEqual([JSON.parse(JSON.stringify(status))]);
  });

  test('backup and restore', async () => {
    const report = await workspace.backup({ folder: 'by-library' });
    expect(await json('index', 'backup', 'by-command')).toEqual([report]);
    await expect(workspace.restore({ folder: 'by-library' })).rejects.toMatchObject({ hint: expect.stringContaining('`force`') });
    expect(await workspace.restore({ folder: 'by-library', force: true })).toEqual(report);
    expect((await workspace.search({ query: 'a cat', topK: 1 })).images[0]?.path).toMatch(/chelsea/);
  });

  test('watch and forget', async () => {
    const added = join(cwd, 'more', 'new.png');
    putFile(added, readFileSync(join(IMAGES, PICTURES[0] as string)));
    const stop = new AbortController();
    const summaries: [number, boolean][] = [];
    await workspace.watch({
      folders: ['more'],
      signal: stop.signal,
      async onSummary({ found }, isFirst) {
        summaries.push([found, isFirst]);
        if (isFirst) putFile(join(cwd, 'more', 'second.png'), readFileSync(join(IMAGES, PICTURES[0] as string)));
        else stop.abort();
      },
    });
    expect(summaries).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(await workspace.forget({ folders: ['more'] })).toEqual({ removed: 2, kept: 0, unknown: [] });
    expect((await json('index', 'status'))[0].roots).toEqual([join(cwd, 'photos')]);
  });

  test('search by words, and by an image', async () => {
    const byWords = await workspace.search({ query: 'a cat', topK: 4, in: 'photos' });
    expect(byWords.images[0]?.path).toMatch(/chelsea/);
    expect(await json('search', 'a cat', '--top-k', '4', '--in', 'photos')).toEqual(byWords.images);
    const byImage = await workspace.search({ images: [{ image: 'photos/chelsea.png' }], topK: 2 });
    expect(await json('search', '--image', 'photos/chelsea.png', '--top-k', '2')).toEqual(byImage.images);
    const byBytes = await workspace.search({ images: [{ image: readFileSync(join(cwd, 'photos/chelsea.png')) }], topK: 2 });
    expect(byBytes).toEqual(byImage);
  });

  test('tag, correct tags, and search by tag', async () => {
    const summary = await workspace.tag({ name: 'things', labels: LABELS, minProbability: 0.3 });
    expect(summary).toMatchObject({ name: 'things', labels: 4 });
    expect(await run('tag', '--labels', LABELS.join(','), '--min-probability', '0.3', '--name', 'by-command')).toMatchObject({ code: 0 });
    const sets = await json('tags', 'list');
    const own = sets.find(({ name }: { name: string }) => name === 'things');
    expect(own).toMatchObject({ tags: summary.tags, labels: 4 });
    expect(sets.find(({ name }: { name: string }) => name === 'by-command')).toMatchObject({
      tags: own.tags,
      labelSetFingerprint: own.labelSetFingerprint,
    });
    const [photo] = readdirSync(join(cwd, 'photos')).filter((name) => name.startsWith('coffee')) as [string];
    expect(await workspace.correctTags({ tag: 'breakfast', change: 'add', images: [`photos/${photo}`] })).toEqual({
      tag: 'breakfast',
      changed: 1,
    });
    const found = await workspace.search({ query: 'tag:breakfast' });
    expect(found.images.map(({ path }) => path)).toEqual([join(cwd, 'photos', photo)]);
    expect(await json('search', 'tag:breakfast')).toEqual(found.images);
  });

  test('duplicates', async () => {
    const found = await workspace.duplicates({ minSimilarity: 0.99 });
    expect(found.groups.some(({ images }) => images.filter(({ path }) => path.includes('chelsea')).length === 2)).toBe(true);
    const shown = found.groups.map(({ group, images }) => ({
      group,
      images: images.map(({ path, similarity, similarTo, contentHash, alsoAt }) => ({ path, similarity, similarTo, contentHash, alsoAt })),
    }));
    expect(await json('duplicates', '--min-similarity', '0.99')).toMatchObject(shown);
  });

  test('discover, with filters as in a search, and labels that tag takes', async () => {
    const found = await workspace.discover({ groups: 3, in: 'photos', mapped: 10 });
    expect(found.groups.flatMap(({ images }) => images).length + found.odd.length).toBe(found.images);
    const shown = found.groups.map(({ group, name, otherNames }) => ({ group, name, otherNames }));
    expect((await json('discover', '--groups', '3', '--in', 'photos')).slice(0, shown.length)).toMatchObject(shown);
    const { labels } = await workspace.tag({ name: 'discovered', labels: [...found.labels, 'a cat'], dryRun: true });
    expect(labels).toBe(found.labels.length + 1);
    await expect(workspace.discover({ group: 3 } as object)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('export', async () => {
    await workspace.export({ formats: ['json'], out: 'by-library.json' });
    expect(await run('export', '--json', '--out', 'by-command.json')).toMatchObject({ code: 0 });
    const read = (name: string) => JSON.parse(readFileSync(join(cwd, name), 'utf8'));
    expect(read('by-library.json')).toHaveLength(7);
    expect(read('by-command.json')).toEqual(read('by-library.json'));
    await workspace.export({ formats: ['json'], out: 'within.json', in: 'photos' });
    expect(read('within.json')).toEqual(read('by-library.json'));
  });

  test('classify: paths from the workspace’s folder on, labels of the call or of a table', async () => {
    const [result] = await workspace.classify('photos/chelsea.png', { labels: LABELS, topK: 2 });
    expect(result?.predictions[0]?.label).toBe('cat');
    const [row] = await json('classify', 'photos/chelsea.png', '--labels', LABELS.join(','), '--top-k', '2');
    expect(row.predictions).toEqual(result?.predictions);
    expect(await run('labels', 'build', 'four', '--labels', LABELS.join(','))).toMatchObject({ code: 0 });
    expect(await workspace.classify('photos/chelsea.png', { labelTable: 'four', topK: 2 })).toEqual([result]);
    const alone = expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('`labelTable` alone') });
    for (const beside of [{ labels: ['cat', 'dog'] }, { templates: ['a {}'] }, { templateSet: 'single' }])
      await expect(workspace.classify('photos/chelsea.png', { labelTable: 'four', ...beside })).rejects.toEqual(alone);
    await expect(workspace.tag({ name: 'both', labelTable: 'four', labels: ['cat', 'dog'] })).rejects.toEqual(alone);
  });

  test('evaluate, with a report', async () => {
    for (const [label, name] of [
      ['cat', 'chelsea.png'],
      ['rocket', 'rocket-q90-444.jpg'],
    ] as const) {
      mkdirSync(join(cwd, 'set', label), { recursive: true });
      copyFileSync(join(IMAGES, name), join(cwd, 'set', label, name));
    }
    const results = await workspace.evaluate({ dataset: 'set', resamples: 100, report: 'report' });
    expect(results.variants[0]?.measures.topK[0]?.value).toBe(1);
    expect(existsSync(join(cwd, 'report/report.html'))).toBe(true);
    const byCommand = await json('eval', 'set', '--resamples', '100');
    expect(byCommand.variants[0].measures).toEqual(results.variants[0]?.measures);
    expect(byCommand.variants[0].perClass).toEqual(results.variants[0]?.perClass);
  });
});

test('the example indexes, tags and finds photos', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'photos'));
  for (const name of ['chelsea.png', 'rocket-q90-444.jpg']) copyFileSync(join(IMAGES, name), join(folder, 'photos', name));
  expect((await findPhotos(join(folder, 'db'), join(folder, 'photos'), 'a rocket'))[0]).toMatch(/rocket/);
});

describe('the edges of a workspace', () => {
  const unchecked = (options: object) => options as WorkspaceOptions;

  test.each([
    ['no database', {}, 'Expected `db` to be the folder of a database, got undefined.'],
    ['an unknown option', { db: 'x', modell: 'pocket' }, 'Expected only options that openWorkspace takes, got "modell".'],
  ])('%s is refused', (_, options, message) => {
    expect(() => openWorkspace(unchecked(options))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message }));
  });

  test('a misspelt field of a verb is refused, with those that it knows', async () => {
    const { workspace } = open();
    await expect(workspace.search({ query: 'a cat', topk: 3 } as object)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'Expected only options that search takes, got "topk".',
      hint: expect.stringContaining('topK'),
    });
    await expect(workspace.classify('x.jpg', undefined as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('a folder that is not one is refused', async () => {
    const { workspace } = open();
    await using _ = workspace;
    const refused = (message: string) => expect.objectContaining({ code: 'INVALID_ARGUMENT', message });
    for (const verb of ['index', 'watch', 'forget'] as const)
      await expect(workspace[verb]({ folders: 'photos' as never })).rejects.toEqual(
        refused('Expected `folders` to be an array of paths, got "photos".'),
      );
    for (const verb of ['backup', 'restore'] as const)
      await expect(workspace[verb]({} as never)).rejects.toEqual(refused('Expected `folder` to be a folder, got undefined.'));
    await expect(workspace.forget({ folders: [] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('close ends a watch', async () => {
    const { workspace } = open();
    await workspace.watch({ folders: ['photos'], onSummary: () => workspace.close() });
    await expect(workspace.status()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('bytesOnly refuses paths and URLs of classify and search', async () => {
    const { workspace, cwd } = open({ bytesOnly: true });
    await using _ = workspace;
    const photo = join(cwd, 'photos/chelsea.png');
    await expect(workspace.classify(photo, { labels: LABELS })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(workspace.search({ images: [{ image: photo }] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const [result] = await workspace.classify(readFileSync(photo), { labels: LABELS, topK: 1 });
    expect(result?.predictions[0]?.label).toBe('cat');
  });

  test('a signal stops its own call, and no later one', async () => {
    const { workspace } = open();
    await using _ = workspace;
    const stop = new AbortController();
    const first = workspace.classify('photos/chelsea.png', { labels: LABELS, signal: stop.signal });
    const second = workspace.classify('photos/chelsea.png', { labels: LABELS, topK: 1 });
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await second)[0]?.predictions[0]?.label).toBe('cat');
    await expect(workspace.index({ folders: ['photos'], signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('a signal that stops one call while labels are embedded leaves the calls that wait for the same labels', async () => {
    const { workspace } = open();
    await using _ = workspace;
    const labels = Array.from({ length: 500 }, (_, i) => `cat number ${i}`);
    await workspace.classify('photos/chelsea.png', { labels: LABELS }); // the model is open
    const stop = new AbortController();
    const first = workspace.classify('photos/chelsea.png', { labels, signal: stop.signal });
    const second = workspace.classify('photos/chelsea.png', { labels, topK: 1 });
    setImmediate(() => stop.abort());
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await second)[0]?.predictions[0]?.label).toContain('cat number');
  });

  test('warnings about labels reach each call that asks for them, and the workspace once', async () => {
    const told: string[] = [];
    const { workspace } = open({ onWarning: (message) => told.push(message) });
    await using _ = workspace;
    for (let i = 0; i < 2; i++) {
      const warnings: string[] = [];
      await workspace.classify('photos/chelsea.png', { labels: ['cat', 'qwrtp'], onWarning: (message) => warnings.push(message) });
      expect(warnings.join()).toContain('qwrtp');
    }
    expect(told).toEqual([]);
    for (let i = 0; i < 2; i++) await workspace.classify('photos/chelsea.png', { labels: ['cat', 'bwrtk'] });
    expect(told.filter((message) => message.includes('bwrtk'))).toHaveLength(1);
  });

  test('the folder of a model and the file of a template set are found from `cwd` on', async () => {
    const { cwd, workspace } = open({ model: './clip' });
    await using _ = workspace;
    cpSync(CLIP_TINY, join(cwd, 'clip'), { recursive: true });
    writeFileSync(join(cwd, 'mine.json'), JSON.stringify({ templates: ['a drawing of a {}'] }));
    const [found] = await workspace.classify('photos/chelsea.png', { labels: LABELS, templateSet: './mine.json' });
    await using whole = openWorkspace({ db: 'db', cwd, model: CLIP_TINY });
    expect([found]).toEqual(await whole.classify('photos/chelsea.png', { labels: LABELS, templates: ['a drawing of a {}'] }));
  });

  test('after close every verb fails with CLOSED', async () => {
    const { workspace } = open();
    await workspace.index({ folders: ['photos'] });
    await workspace.close();
    const calls = [
      () => workspace.index({ folders: ['photos'] }),
      () => workspace.search({ query: 'a cat' }),
      () => workspace.tag({ name: 'x', labels: LABELS }),
      () => workspace.correctTags({ tag: 'x', change: 'add', images: ['photos/chelsea.png'] }),
      () => workspace.duplicates(),
      () => workspace.discover(),
      () => workspace.watch({ folders: ['photos'] }),
      () => workspace.status(),
      () => workspace.forget({ folders: ['photos'] }),
      () => workspace.backup({ folder: 'copy' }),
      () => workspace.restore({ folder: 'copy' }),
      () => workspace.export({ formats: ['json'], out: 'x.json' }),
      () => workspace.classify('photos/chelsea.png', { labels: LABELS }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'CLOSED', message: 'The workspace was closed.' });
  });
});
