import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { fillFolder, tiny } from '../fixtures/photo-folder.js';

/** Memory that Linux shows as a disk of its own. A process sees it in its place, or the empty folder there, by whether it mounts it for itself. */
const SHM = '/dev/shm';
const NAMESPACE = process.getuid?.() === 0 ? '-m' : '-Urm';
const canMount =
  existsSync(SHM) &&
  statSync(SHM).dev !== statSync(temporaryFolder()).dev &&
  spawnSync('unshare', [NAMESPACE, 'mount', '--bind', SHM, SHM]).status === 0;

const disk = canMount ? mkdtempSync(join(SHM, 'labelwise-')) : '';
afterAll(() => {
  if (disk) rmSync(disk, { recursive: true, force: true });
});

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs labelwise with the disk in its place, or without it. */
function run(place: string | undefined, ...args: string[]): Result {
  const program = [process.execPath, '--no-warnings', `${ROOT}dist/bin/labelwise.js`, ...args];
  const mounting = ['unshare', NAMESPACE, 'sh', '-c', 'mount --bind "$0" "$1"; shift; exec "$@"', disk, place ?? '', ...program];
  const [command, ...rest] = place === undefined ? program : mounting;
  const { status, stdout, stderr } = spawnSync(command as string, rest, { encoding: 'utf8', env: process.env });
  return { code: status, stdout, stderr };
}

const pathsOf = ({ stdout }: Result): string[] => JSON.parse(stdout).map(({ path }: { path: string }) => path);

describe.skipIf(!canMount)('a disk that is not mounted (skipped where nothing can be mounted)', () => {
  beforeAll(() => fillFolder(disk, 0, 4));

  describe.each([
    ['is the folder itself', ''],
    ['is mounted in a folder with other images', 'usb'],
  ])('and %s', (_, name) => {
    const [root, db] = [temporaryFolder(), temporaryFolder()];
    const place = join(root, name);
    const own = name === '' ? 0 : 3;
    const flags = ['--db', db];
    const photo = join(place, '0', '1.png');
    const inIndex = (): string[] => pathsOf(run(place, 'search', '--in', root, '--top-k', '100', '--json', ...flags)).sort();

    beforeAll(() => {
      mkdirSync(place, { recursive: true });
      if (own > 0) fillFolder(join(root, 'own'), 100, 100 + own);
      expect(run(place, 'index', root, ...tiny(db))).toMatchObject({ code: 0 });
      expect(run(place, 'tags', 'add', 'holiday', photo, ...flags)).toMatchObject({ code: 0 });
      expect(inIndex()).toHaveLength(4 + own);
    });

    test('keeps its rows: an empty mount point is named, and is no folder without images', () => {
      const before = inIndex();
      const { code, stdout, stderr } = run(undefined, 'index', ...tiny(db));
      expect([code, stdout + stderr]).toEqual([
        3,
        expect.stringContaining(`${place} holds no images now; 4 that it held are in the index`),
      ]);
      expect(stderr).toContain('Check that its volume is mounted');
      expect(inIndex()).toEqual(before);
      expect(run(place, 'index', '--json', ...tiny(db))).toMatchObject({ code: 0, stdout: expect.stringContaining('"encoded":0') });
      expect(inIndex()).toEqual(before);
    });

    test('is named by index status', () => {
      expect(run(undefined, 'index', 'status', ...flags).stdout).toContain(`${place} (missing)`);
      expect(run(place, 'index', 'status', ...flags).stdout).not.toContain('missing');
    });

    test('is found by search, which says that the files are not there', () => {
      const found = run(undefined, 'search', 'tag:holiday', '--json', ...flags);
      expect([found.code, pathsOf(found)]).toEqual([0, [photo]]);
      expect(found.stderr).toContain('1 of 1 image is no longer there, or on a missing volume');
      expect(run(place, 'search', 'tag:holiday', '--json', ...flags).stderr).toBe('');
    });

    test('gets no sidecars into its empty place, and has them when it is back', () => {
      const without = run(undefined, 'export', '--xmp', ...flags);
      expect([without.code, without.stderr]).toEqual([
        3,
        expect.stringContaining('1 photo left out: no longer there, or on a missing volume'),
      ]);
      expect(readdirSync(place)).toEqual([]);
      expect(run(place, 'export', '--xmp', ...flags)).toMatchObject({ code: 0, stderr: expect.stringContaining('1 written') });
      const removal = run(undefined, 'export', '--xmp', '--remove', ...flags);
      expect([removal.code, removal.stderr]).toEqual([3, expect.stringContaining(place)]);
      expect(readdirSync(join(disk, '0'))).toContain('1.png.xmp');
      expect(run(place, 'export', '--xmp', '--remove', ...flags)).toMatchObject({ code: 0, stderr: expect.stringContaining('1 deleted') });
      expect(readdirSync(join(disk, '0'))).not.toContain('1.png.xmp');
    });

    test('leaves the index when that is said', () => {
      expect(run(undefined, 'index', '--forget', place, ...flags)).toMatchObject({ code: 0 });
      expect(inIndex()).toHaveLength(own);
    });
  });
});
