import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSurroundings } from '../../dist/hub/surroundings.js';
import { type Encoder, loadEncoder } from '../../dist/index.js';
import { type Collection, parseSearch } from '../../dist/library/core.js';
import { openImageCollection, openTagDatabase } from '../../dist/library/store.js';
import { openDatabase } from '../../dist/store/database.js';
import { findRelevanceCut } from '../../dist/tasks/search/find-relevance-cut.js';
import { findTagged } from '../../dist/tasks/search/find-tagged.js';
import { openWorkspace, type Workspace } from '../../dist/tasks/workspace.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ASTRONAUT, CAT, COFFEE, ROCKET } from '../fixtures/pictures.js';

let workspace: Workspace;
let collection: Collection;
let encoder: Encoder;
const idOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

beforeAll(async () => {
  const db = temporaryFolder();
  workspace = openWorkspace({ ...readSurroundings(process.env), db, cwd: db, cache: undefined });
  const photos = temporaryFolder();
  for (const photo of [CAT, COFFEE, ROCKET, ASTRONAUT]) copyFileSync(photo, join(photos, basename(photo)));
  expect((await cli(['index', photos, '--db', db])).code).toBe(0);
  collection = await openImageCollection(openDatabase(db));
  encoder = await loadEncoder();
  const tags = await openTagDatabase(openDatabase(db));
  await tags.correct([idOf(CAT), idOf(COFFEE)], { add: ['indoors'], remove: [] });
  await tags.correct([idOf(CAT)], { add: ['pet'], remove: [] });
});
afterAll(async () => {
  collection.close();
  await encoder.close();
  await workspace.close();
});

test.each([
  ['tag:indoors', [CAT, COFFEE]],
  ['tag:indoors tag:pet', [CAT]],
  ['tag:indoors -tag:pet', [COFFEE]],
  ['tag:unheard-of', []],
])('%j leaves its own images', async (search, paths) => {
  const tagged = await findTagged(workspace, parseSearch(search), {});
  expect([...(tagged?.contentHashes ?? [])].sort()).toEqual(paths.map(idOf).sort());
  expect([CAT, COFFEE, ROCKET].filter((path) => tagged?.has(idOf(path)))).toEqual(paths);
});

test('a search that only excludes a tag has all others, one without tags is not limited', async () => {
  const tagged = await findTagged(workspace, parseSearch('-tag:pet'), {});
  expect([tagged?.contentHashes, tagged?.has(idOf(CAT)), tagged?.has(idOf(ROCKET))]).toEqual([undefined, false, true]);
  expect(await findTagged(workspace, parseSearch('a cat'), {})).toBeUndefined();
});

test('what is there stands out, what is not there does not', async () => {
  const cutOf = async (text: string) => {
    const [query] = await encoder.encodeTexts([`a photo of a ${text}.`]);
    return findRelevanceCut(workspace, { encoder, query: query as Float32Array }, {});
  };
  for (const text of ['rocket', 'tabby cat']) expect(await cutOf(text)).toMatchObject({ hasRelevant: true });
  for (const text of ['pizza', 'zebra']) expect(await cutOf(text)).toMatchObject({ hasRelevant: false });
});
