import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Run, startRun } from '../../dist/cli/context.js';
import { findRelevanceCut } from '../../dist/cli/find-relevance-cut.js';
import { findTagged } from '../../dist/cli/find-tagged.js';
import { type Encoder, loadEncoder } from '../../dist/index.js';
import { type Collection, parseSearch } from '../../dist/library/core.js';
import { openImageCollection, openTagDatabase } from '../../dist/library/store.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ASTRONAUT, CAT, COFFEE, ROCKET } from '../fixtures/pictures.js';

let run: Run;
let collection: Collection;
let encoder: Encoder;
const idOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

beforeAll(async () => {
  const db = temporaryFolder();
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  const io = { stdin: Readable.from([]), stdout: sink, stderr: sink, env: process.env, cwd: db, signal: new AbortController().signal };
  run = startRun({ db }, io);
  const photos = temporaryFolder();
  for (const photo of [CAT, COFFEE, ROCKET, ASTRONAUT]) copyFileSync(photo, join(photos, basename(photo)));
  expect((await cli(['index', photos, '--db', db])).code).toBe(0);
  collection = await openImageCollection(db);
  encoder = await loadEncoder();
  const tags = await openTagDatabase(db);
  await tags.correct([idOf(CAT), idOf(COFFEE)], { add: ['indoors'], remove: [] });
  await tags.correct([idOf(CAT)], { add: ['pet'], remove: [] });
  tags.close();
});
afterAll(async () => {
  collection.close();
  await encoder.close();
});

test.each([
  ['tag:indoors', [CAT, COFFEE]],
  ['tag:indoors tag:pet', [CAT]],
  ['tag:indoors -tag:pet', [COFFEE]],
  ['tag:unheard-of', []],
])('%j leaves its own images', async (search, paths) => {
  const tagged = await findTagged(parseSearch(search), run);
  expect([...(tagged?.imageIds ?? [])].sort()).toEqual(paths.map(idOf).sort());
  expect([CAT, COFFEE, ROCKET].filter((path) => tagged?.has(idOf(path)))).toEqual(paths);
});

test('a search that only excludes a tag has all others, one without tags is not limited', async () => {
  const tagged = await findTagged(parseSearch('-tag:pet'), run);
  expect([tagged?.imageIds, tagged?.has(idOf(CAT)), tagged?.has(idOf(ROCKET))]).toEqual([undefined, false, true]);
  expect(await findTagged(parseSearch('a cat'), run)).toBeUndefined();
});

test('what is there stands out, what is not there does not', async () => {
  const cutOf = async (text: string) => {
    const [query] = await encoder.encodeTexts([`a photo of a ${text}.`]);
    return findRelevanceCut(run, { collection, encoder, query: query as Float32Array });
  };
  for (const text of ['rocket', 'tabby cat']) expect(await cutOf(text)).toMatchObject({ hasRelevant: true });
  for (const text of ['pizza', 'zebra']) expect(await cutOf(text)).toMatchObject({ hasRelevant: false });
});
