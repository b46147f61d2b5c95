import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';

test.each([
  ['duplicates'],
  ['search dog'],
  ['search tag:dog'],
  ['tags list'],
  ['tags add dog cat.png'],
  ['tags delete dog'],
  ['tag --labels cat,dog --name pets'],
  ['export --csv'],
  ['index status'],
  ['index status --failed'],
  ['index verify --repair'],
  ['index optimize'],
  ['index prune'],
  ['index --forget photos'],
  [`index migrate --model ${CLIP_TINY}`],
])('"%s" of a database that there is not says so, and makes none', async (line) => {
  const db = join(temporaryFolder(), 'typo');
  const { code, stdout, stderr } = await cli([...line.split(' '), '--db', db]);
  expect([code, stdout, stderr]).toEqual([5, '', expect.stringMatching(/^error: No images were indexed in .*typo\.\nhint: Check --db, /)]);
  expect(existsSync(db)).toBe(false);
});

test('label tables of a database that there is not are none, and it is made by the first that is built', async () => {
  const db = join(temporaryFolder(), 'new');
  expect((await cli(['labels', 'list', '--json', '--db', db])).stdout.trim()).toBe('[]');
  expect(await cli(['labels', 'remove', 'pets', '--db', db])).toMatchObject({ code: 5 });
  expect(existsSync(db)).toBe(false);
  expect(await cli(['labels', 'build', 'pets', '--labels', 'cat,dog', '--model', CLIP_TINY, '--db', db])).toMatchObject({ code: 0 });
  expect((await cli(['labels', 'list', '--ndjson', '--db', db])).stdout).toMatch(/"name":"pets"/);
});
