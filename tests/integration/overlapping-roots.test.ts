import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forgetFolders } from '../../dist/ingest/forget-folders.js';
import { indexFolders } from '../../dist/ingest/index-folders.js';
import { walkFolder } from '../../dist/ingest/walk-folder.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex, rememberRun, withIndexLock } from '../../dist/store/image-index.js';
import { createFakeEncoder } from '../../dist/testing/index.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { index, putFile, tiny, tinyPng } from '../fixtures/photo-folder.js';

/** Folders within folders, a hidden one, and links: to a neighbour, to a parent, to what lies in another folder. */
function makeTree(): string {
  const root = temporaryFolder();
  for (const folder of ['a/b', 'c', '.hidden']) mkdirSync(join(root, folder), { recursive: true });
  symlinkSync('a', join(root, 'link'));
  symlinkSync('..', join(root, 'a', 'up'));
  symlinkSync('../a/b', join(root, 'c', 'in'));
  return root;
}

const ROOTS = ['.', 'a', 'a/b', 'a/up', 'link', 'c', '.hidden'];
const FILES = ['1.png', 'a/2.png', 'a/b/3.png', 'c/4.png', '.hidden/5.png', 'a/b/6.png'];

type Command =
  | { readonly kind: 'index'; readonly folders: readonly string[] }
  | { readonly kind: 'forget'; readonly folders: readonly string[] }
  | { readonly kind: 'put'; readonly file: string }
  | { readonly kind: 'delete'; readonly file: string }
  | { readonly kind: 'ignore'; readonly folder: string; readonly isOn: boolean };

const folders = fc.uniqueArray(fc.constantFrom(...ROOTS), { minLength: 1, maxLength: 3 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('index' as const), folders }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('forget' as const), folders }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('put' as const), file: fc.constantFrom(...FILES) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), file: fc.constantFrom(...FILES) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ignore' as const), folder: fc.constantFrom('.', 'a'), isOn: fc.boolean() }) },
);

test('a row leaves the index only when no folder of it sees its path, and a run over all folders leaves what they see', async () => {
  const encoder = createFakeEncoder({ dimension: 4 });
  const seenBy = async (roots: Iterable<string>): Promise<Set<string>> => {
    const seen = new Set<string>();
    for (const root of roots) for await (const { path } of walkFolder(root)) seen.add(path);
    return seen;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 2, maxLength: 7 }), async (commands) => {
      const [tree, db] = [makeTree(), temporaryFolder()];
      for (const file of FILES) putFile(join(tree, file), tinyPng(file));
      await withIndexLock(
        openDatabase(db),
        async (lock) => {
          const opened = await openImageIndex(openDatabase(db), { lock });
          const known = new Set<string>();
          const pathsOf = async () => new Set((await opened.files()).map(({ path }) => path));
          const run = (roots: readonly string[]) =>
            indexFolders(roots, opened, {
              encoder,
              maxImageBytes: 1e6,
              allowEmpty: true,
              onBegin: () => rememberRun(openDatabase(db), { roots, isNew: false, model: 'fake', lock }),
            });
          try {
            for (const one of commands) {
              const before = await pathsOf();
              if (one.kind === 'put') putFile(join(tree, one.file), tinyPng(one.file));
              else if (one.kind === 'delete') rmSync(join(tree, one.file), { force: true });
              else if (one.kind === 'ignore')
                putFile(join(tree, one.folder, '.labelwiseignore'), Buffer.from(one.isOn ? 'b/\n2.png\n' : ''));
              else {
                const named = one.folders.map((folder) => join(tree, folder));
                if (one.kind === 'index') {
                  await run(named);
                  for (const root of named) known.add(root);
                  expect([...(await pathsOf())]).toEqual(expect.arrayContaining([...(await seenBy(named))]));
                } else {
                  await forgetFolders(named, opened, { lock });
                  for (const root of named) known.delete(root);
                }
              }
              const [after, seen] = [await pathsOf(), await seenBy(known)];
              expect([...before].filter((path) => !after.has(path) && seen.has(path))).toEqual([]);
            }
            if (known.size === 0) return;
            await run([...known]);
            expect([...(await pathsOf())].sort()).toEqual([...(await seenBy(known))].sort());
            for (const root of known) expect(await run([root])).toMatchObject({ encoded: 0, known: 0, removed: 0 });
          } finally {
            opened.close();
            rmSync(tree, { recursive: true });
          }
        },
        { isNew: true },
      );
    }),
    { numRuns: 30 },
  );
});

test('--forget of a folder leaves the rows of a folder in it that was indexed by itself', async () => {
  const [tree, db] = [makeTree(), temporaryFolder()];
  for (const file of ['a/2.png', 'a/b/3.png']) putFile(join(tree, file), tinyPng(file));
  await index(db, join(tree, 'a/b'));
  await index(db, `${join(tree, 'c')}/../a/`);
  const { code, stderr } = await cli(['index', '--forget', join(tree, 'a'), ...tiny(db)]);
  expect([code, stderr]).toEqual([0, expect.stringContaining('in the index, because other folders of it contain them too')]);
  const status = await cli(['index', 'status', '--json', '--db', db]);
  expect(JSON.parse(status.stdout)).toMatchObject([{ files: 1, roots: [join(tree, 'a/b')] }]);
});

test('a folder and a link in it do not take rows from each other', async () => {
  const [tree, db] = [makeTree(), temporaryFolder()];
  for (const file of ['a/2.png', 'a/b/3.png']) putFile(join(tree, file), tinyPng(file));
  await index(db, join(tree, 'link'));
  expect(await index(db, tree)).toMatchObject({ removed: 0 });
  expect(await index(db, join(tree, 'link'))).toMatchObject({ encoded: 0, known: 0, removed: 0 });
  expect(await index(db, tree)).toMatchObject({ encoded: 0, known: 0, removed: 0 });
});

test('a folder in a folder keeps its rows while its volume is gone or empty, and loses those of files that are gone', async () => {
  const [tree, db] = [makeTree(), temporaryFolder()];
  for (const file of ['1.png', 'c/4.png', 'c/7.png']) putFile(join(tree, file), tinyPng(file));
  await index(db, join(tree, 'c'));
  await index(db, tree);
  rmSync(join(tree, 'c', '7.png'));
  expect(await index(db, tree)).toMatchObject({ removed: 1 });
  rmSync(join(tree, 'c'), { recursive: true });
  expect(await index(db, tree)).toMatchObject({ removed: 0 });
  mkdirSync(join(tree, 'c'));
  expect(await index(db, tree)).toMatchObject({ removed: 0 });
  expect(await index(db, tree, '--allow-empty')).toMatchObject({ removed: 1 });
});
