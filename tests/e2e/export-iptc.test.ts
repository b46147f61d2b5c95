import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { index, putFile, tinyPng } from '../fixtures/photo-folder.js';

const hasExiftool = spawnSync('exiftool', ['-ver']).status === 0;
const folder = temporaryFolder();
const db = temporaryFolder();
const at = (name: string): string => join(folder, name);
const hash = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(at(name)))
    .digest('hex');
const keywordsOf = (name: string): string[] => {
  const [row] = JSON.parse(execFileSync('exiftool', ['-j', '-IPTC:Keywords', at(name)], { encoding: 'utf8' })) as {
    Keywords?: string | string[];
  }[];
  return [row?.Keywords ?? []].flat();
};

beforeAll(async () => {
  copyFileSync(`${ROOT}tests/fixtures/photos/iptc.jpg`, at('iptc.jpg'));
  putFile(at('new ü.jpg'), await sharp(tinyPng('new')).jpeg().toBuffer());
  putFile(at('a.png'), tinyPng('a'));
  await index(db, folder);
  for (const tag of ['Zürich', 'bahnhof', 'x'.repeat(65)])
    await cli(['tags', 'add', tag, at('iptc.jpg'), at('new ü.jpg'), at('a.png'), '--db', db]);
});

const exported = async (...flags: string[]) => {
  const result = await cli(['export', '--iptc', '--out', at('args.txt'), ...flags, '--db', db]);
  expect(result.code).toBe(0);
  return result.stderr;
};

test('export --iptc writes arguments, names what is left out, and touches no photo', async () => {
  const before = ['iptc.jpg', 'new ü.jpg', 'a.png'].map(hash);
  const stderr = await exported();
  expect(stderr).toContain(`IPTC keywords for 2 photos: run "exiftool -@ ${at('args.txt')}" to write them.`);
  expect(stderr).toContain('left out: 1 image of formats without IPTC');
  expect(stderr).toContain('left out: 3 tags longer than 64 bytes');
  expect(['iptc.jpg', 'new ü.jpg', 'a.png'].map(hash)).toEqual(before);
});

test.skipIf(!hasExiftool)(
  'exiftool writes the keywords beside those of others, and takes them out again (skipped without exiftool)',
  async () => {
    await exported();
    const apply = (): Buffer => execFileSync('exiftool', ['-q', '-q', '-overwrite_original', '-@', at('args.txt')]);
    apply();
    apply();
    expect([keywordsOf('iptc.jpg'), keywordsOf('new ü.jpg')]).toEqual([
      ['Bahnhof', 'Café', 'Zürich'],
      ['Zürich', 'bahnhof'],
    ]);
    await exported('--remove');
    apply();
    expect([keywordsOf('iptc.jpg'), keywordsOf('new ü.jpg')]).toEqual([['Bahnhof', 'Café'], []]);
  },
);
