import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';
import { fillFolder } from '../fixtures/photo-folder.js';

/** LABELWISE_KILLS=100 is the long version, for changes of how sidecars are written. */
const KILLS = Number(process.env.LABELWISE_KILLS ?? 8);
const PHOTOS = 300;
const SIDECARS = ['duplicates', 'subject-attribute', 'comment-cdata', 'hierarchical'].map((name) =>
  readFileSync(`${ROOT}tests/fixtures/sidecars/${name}.xmp`, 'utf8'),
);
const folder = temporaryFolder();
const db = ['--db', temporaryFolder()];
const EXPORT = ['export', '--xmp', '--hierarchical', ...db];
const photo = (i: number): string => join(folder, `${Math.floor(i / 100)}`, `${i}.png`);

/** The files beside the photos, with what is in them. */
function filesOf(): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(xmp|tmp)$/.test(name));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Sidecars as other programs left them; each fifth photo has none. */
function reset(): Map<string, string> {
  for (let i = 0; i < PHOTOS; i++) {
    const sidecar = SIDECARS[i % 5];
    if (sidecar === undefined) rmSync(`${photo(i)}.xmp`, { force: true });
    else writeFileSync(`${photo(i)}.xmp`, sidecar);
  }
  return filesOf();
}

test(
  'kill -9 of export --xmp at any moment leaves whole sidecars, and after the next run nothing else',
  async () => {
    fillFolder(folder, 0, PHOTOS);
    expect((await cli(['index', folder, '--model', CLIP_TINY, ...db])).code).toBe(0);
    const photos = Array.from({ length: PHOTOS }, (_, i) => photo(i));
    expect((await cli(['tags', 'add', 'crab', ...photos, ...db])).code).toBe(0);
    const before = reset();
    const startedAt = performance.now();
    expect((await spawnCli(EXPORT)).code).toBe(0);
    let durationMs = performance.now() - startedAt;
    const after = filesOf();
    expect(after.size).toBe(PHOTOS);

    const seen = { killed: 0, inTheMidst: 0, leftovers: 0 };
    while (seen.killed < KILLS) {
      reset();
      const atMs = durationMs * (0.2 + 0.8 * Math.random());
      const { code } = await spawnCli(EXPORT, { meanwhile: (child) => setTimeout(() => child.kill('SIGKILL'), atMs) });
      if (code === null) seen.killed++;
      else durationMs *= 0.95; // it was faster than the kill
      const found = [...filesOf()];
      const sidecars = found.filter(([name]) => !name.endsWith('.tmp'));
      expect(sidecars.filter(([name, text]) => text !== before.get(name) && text !== after.get(name))).toEqual([]);
      seen.leftovers += found.length - sidecars.length;
      const written = sidecars.filter(([name, text]) => text !== before.get(name)).length;
      if (written > 0 && written < PHOTOS) seen.inTheMidst++;
      expect((await cli(EXPORT)).code).toBe(0);
      expect(filesOf()).toEqual(after);
    }
    expect(seen.inTheMidst).toBeGreaterThan(0);
    if (KILLS > 8) console.log(JSON.stringify(seen));
  },
  KILLS * 60_000,
);
