import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { CAT, ROCKET } from '../fixtures/pictures.js';

const PETS = ['--labels', 'cat, dog, red panda'];
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

describe.skipIf(process.platform === 'win32')('files and folders that may not be read', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'labelwise-nobody-')); // outside of the test's home, which is its user's alone
    chmodSync(folder, 0o755);
    for (const name of ['home', 'closed', 'open']) mkdirSync(join(folder, name));
    for (const name of ['closed/cat.png', 'open/cat.png', 'open/secret.png']) copyFileSync(CAT, join(folder, name));
    if (isRoot) chownSync(join(folder, 'home'), NOBODY, NOBODY);
    chmodSync(join(folder, 'open/cat.png'), 0o644);
    chmodSync(join(folder, 'open/secret.png'), 0);
    chmodSync(join(folder, 'closed'), 0);
  });
  afterAll(() => {
    chmodSync(join(folder, 'closed'), 0o755);
    rmSync(folder, { recursive: true });
  });
  /** Root may read everything: the program is run as nobody. */
  const runAsNobody = (args: string[], home = 'home'): Promise<CliResult> => asNobody(['classify', ...args, ...PETS, '--json'], home);
  const asNobody = (args: string[], home = 'home'): Promise<CliResult> => {
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const env = { ...process.env, HOME: join(folder, home), LABELWISE_HOME: join(folder, home, 'labelwise') };
    return spawnCli(args, { cwd: folder, env, ...user });
  };

  test('on the way of a pattern are rows too', async () => {
    const result = await runAsNobody(['*/cat.png']);
    expect(result.code).toBe(3);
    expect(rowsOf(result).map(({ path, error }) => [path, error?.code])).toEqual([
      ['open/cat.png', undefined],
      ['closed', 'INPUT_UNREADABLE'],
    ]);
  });

  test('are rows with INPUT_UNREADABLE and a hint, and the rest goes on', async () => {
    const result = await runAsNobody(['closed', 'open', 'closed/cat.png']);
    const rows = rowsOf(result);
    expect(result.code).toBe(3);
    expect(rows.map((row) => row.error?.code ?? row.predictions[0]?.label)).toEqual([
      'INPUT_UNREADABLE',
      'cat',
      'INPUT_UNREADABLE',
      'INPUT_UNREADABLE',
    ]);
    expect(rows.map((row) => row.path)).toEqual(['closed', 'open/cat.png', 'open/secret.png', 'closed/cat.png']);
    expect(rows[0]?.error?.hint).toBe('Check its permissions.');
    expect(result.stderr).toContain('3 of 4 images could not be used; the others were processed.');
  });

  test('a folder within a folder does not stop the walk', async () => {
    const rows = rowsOf(await runAsNobody(['.']));
    expect(rows.map((row) => [row.path, row.error?.code])).toEqual([
      ['closed', 'INPUT_UNREADABLE'],
      ['open/cat.png', undefined],
      ['open/secret.png', 'INPUT_UNREADABLE'],
    ]);
  });

  test('an index in a folder that may not be written is told, stays as it is, and can be searched', async () => {
    const db = join(folder, 'home', 'db');
    expect((await asNobody(['index', 'open', '--db', db])).code).toBe(3); // one of the two may not be read
    chmodSync(db, 0o555);
    copyFileSync(CAT, join(folder, 'open/new.png'));
    const { code, stderr } = await asNobody(['index', 'open', '--db', db]);
    rmSync(join(folder, 'open/new.png'));
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/^error: The index in .* cannot be written: .*\nhint: Check the folder's permissions/),
    ]);
    const found = await asNobody(['search', 'a cat', '--db', db, '--json']);
    expect(found.code).toBe(0);
    expect(rowsOf<{ path: string }>(found).map(({ path }) => path)).toEqual([join(folder, 'open/cat.png')]);
    chmodSync(db, 0o755);
  });

  test('a home that may not be written costs a warning, not the answer', async () => {
    const result = await runAsNobody(['open/cat.png'], 'open');
    expect(result.code).toBe(0);
    expect(rowsOf(result)[0]?.predictions[0]?.label).toBe('cat');
    expect(result.stderr).toMatch(/^warning: Embeddings are not kept for the next run: .*permission denied/);
    expect(result.stderr.split('Embeddings are not kept')).toHaveLength(2); // said once, though labels and images meet it
  });
});

test('classify leaves nothing in the home folder of the user but the home of labelwise', async () => {
  const [home, { CI: _, XDG_CACHE_HOME: __, ...env }] = [temporaryFolder(), process.env]; // ONNX Runtime reports nothing where CI is set
  const { code } = await spawnCli(['classify', CAT, ...PETS, '-q'], {
    env: { ...env, HOME: home, LABELWISE_HOME: join(home, 'labelwise') },
  });
  expect({ code, left: readdirSync(home) }).toEqual({ code: 0, left: ['labelwise'] });
});

describe('a database on a full disk', () => {
  let disk: string;
  let isMounted = false;
  beforeAll(() => {
    disk = temporaryFolder();
    if (process.platform !== 'linux' || !isRoot) return;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
      isMounted = true;
    } catch {
      // a container without the right to mount: skipped below
    }
  });
  afterAll(() => {
    if (isMounted) execFileSync('umount', [disk]);
  });

  test('classify answers all the same, and warns', async ({ skip }) => {
    skip(!isMounted, 'a small disk can be mounted by root alone');
    const result = await cli(['classify', CAT, '--label-set', 'cifar100', '--cache-folder', disk, '--json']);
    expect(result.code).toBe(0);
    expect(rowsOf(result)[0]?.predictions).toHaveLength(5);
    expect(result.stderr).toMatch(/^warning: Embeddings are not kept for the next run: The disk is full/m);
  });

  test('labels build fails with DISK_FULL, a hint, and leaves no table behind', async ({ skip }) => {
    skip(!isMounted, 'a small disk can be mounted by root alone');
    const { code, stderr } = await cli(['labels', 'build', 'all', '--label-set', 'cifar100', '--db', disk]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/error: The disk is full: [\s\S]*hint: Make room, or choose another folder with --db/);
    const list = await cli(['labels', 'list', '--json', '--db', disk]);
    expect({ code: list.code, rows: rowsOf(list) }).toEqual({ code: 0, rows: [] });
  });
});

describe('a database that cannot be used', () => {
  test('a file where the folder should be is told', async () => {
    const { code, stderr } = await cli(['labels', 'build', 'pets', ...PETS, '--db', ROCKET]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: .*\nhint: /);
    expect(statSync(ROCKET).isFile()).toBe(true);
  });

  test('classify with such a database answers, and warns', async () => {
    const result = await cli(['classify', CAT, ...PETS, '--cache-folder', ROCKET, '--json']);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/^warning: /);
  });
});

test('a command line of 400 files, 30,000 characters long, is no trouble', async () => {
  const names = Array.from({ length: 400 }, () => `${dirname(CAT)}/${'./'.repeat(40)}${basename(CAT)}`);
  expect(names.join(' ').length).toBeGreaterThan(30_000);
  const { code, stdout, stderr } = await spawnCli(['classify', ...names, ...PETS, '--model', CLIP_TINY, '--ndjson', '-q']);
  expect([code, stdout.trimEnd().split('\n').length], stderr).toEqual([0, 400]);
});
