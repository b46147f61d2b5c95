import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, MAIN, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { ASTRONAUT, CAT, COFFEE } from '../fixtures/pictures.js';
import { mountSmallDisk, type SmallDisk } from '../fixtures/small-disk.js';

const PETS = ['--labels', 'cat, dog'];
const MOUNTS = 'a disk can be mounted by root alone';
let folder: string;
let db: string[];
let data: string;

beforeAll(async () => {
  folder = temporaryFolder();
  db = ['--db', temporaryFolder()];
  data = temporaryFolder();
  for (const [path, label] of [
    [CAT, 'cat'],
    [COFFEE, 'coffee'],
  ] as const) {
    copyFileSync(path, join(folder, `${label}.png`));
    mkdirSync(join(data, label));
    copyFileSync(path, join(data, label, `${label}.png`));
  }
  expect((await cli(['index', folder, ...db])).code).toBe(0);
});

const evalArgs = () => ['eval', data, '--model', CLIP_TINY, '--no-cache'];

describe('a full disk', () => {
  let disk: SmallDisk | undefined;
  const at = (name: string): string => join(disk?.folder ?? '', name);
  beforeAll(() => {
    disk = mountSmallDisk('32k');
    if (disk === undefined) return;
    for (const name of ['rows', 'page.html']) writeFileSync(at(name), 'before');
    try {
      writeFileSync(at('filling'), Buffer.alloc(64 * 1024));
    } catch {
      // there is no room left, as wanted
    }
  });
  afterAll(() => disk?.unmount());

  test.for<[string, () => string[]]>([
    ['export --csv', () => ['export', '--csv', '--out', at('rows'), ...db]],
    ['export --json', () => ['export', '--json', '--out', at('rows'), ...db]],
    ['export --ndjson', () => ['export', '--ndjson', '--out', at('rows'), ...db]],
    ['export --parquet', () => ['export', '--parquet', '--out', at('rows'), ...db]],
    ['classify --html', () => ['classify', CAT, ...PETS, '--model', CLIP_TINY, '--no-cache', '--html', at('page.html')]],
    ['search --html', () => ['search', '--like', join(folder, 'cat.png'), '--html', at('page.html'), ...db]],
    ['duplicates --html', () => ['duplicates', '--min-similarity', '-1', '--html', at('page.html'), ...db]],
    ['eval --report', () => [...evalArgs(), '--report', at('report')]],
    ['datasets pick --save', () => ['datasets', 'pick', data, '--save', at('picked.png')]],
  ])('ends %s with DISK_FULL, and what stood there stays', async ([, args], { skip }) => {
    if (disk === undefined) return skip(MOUNTS);
    const { code, stderr } = await cli(args());
    expect([code, stderr]).toEqual([5, expect.stringMatching(/error: The disk is full: \S+ cannot be written\.\nhint: Make room, or /)]);
    expect([readFileSync(at('rows'), 'utf8'), readFileSync(at('page.html'), 'utf8')]).toEqual(['before', 'before']);
    expect(readdirSync(disk.folder).filter((name) => name.endsWith('.tmp') || name === 'picked.png')).toEqual([]);
  });
});

test.each<[string, () => string[]]>([
  ['--out', () => ['export', '--csv', ...db]],
  ['--html', () => ['classify', CAT, ...PETS, '--model', CLIP_TINY, '--no-cache']],
  ['--html', () => ['search', '--like', join(folder, 'cat.png'), ...db]],
  ['--html', () => ['duplicates', ...db]],
  ['--report', evalArgs],
  ['--save', () => ['datasets', 'pick', data]],
  ['--save-input', () => ['inspect', 'image', CAT, '--model', CLIP_TINY]],
])('%s - is refused: a file of that name is not what is meant', async (flag, args) => {
  const cwd = temporaryFolder();
  const { code, stderr } = await cli([...args(), flag, '-'], { cwd });
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(`error: Expected ${flag} to name a file or folder, got "-".\nhint: Write ./- `),
  ]);
  expect(readdirSync(cwd)).toEqual([]);
});

describe.skipIf(!existsSync('/dev/full'))('streams that cannot be written', () => {
  const command = (args: string[], redirection: string) => {
    const script = `"$0" "$@" ${redirection}; echo "exit $?" >&3`;
    const out = join(temporaryFolder(), 'codes');
    execFileSync('bash', ['-c', script, process.execPath, MAIN, ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore', openSync(out, 'w')],
    });
    return readFileSync(out, 'utf8');
  };

  test.each([
    ['rows', () => ['classify', '.', ...PETS, '--model', CLIP_TINY, '--ndjson']],
    ['an export', () => ['export', '--csv', ...db]],
    ['the help', () => ['--help']],
  ])('stdout without room for %s is one clear error and exit code 5', (_name, args) => {
    expect(command(args(), '> /dev/full 2> stderr.txt')).toBe('exit 5\n');
    expect(readFileSync(join(folder, 'stderr.txt'), 'utf8')).toMatch(
      /(?:^|\n)error: The disk is full: stdout cannot be written\.\nhint: .*\n$/,
    );
  });

  test('a command that prints nothing does not mind', () => {
    expect(command(['tags', 'add', 'cat', 'cat.png', ...db], '> /dev/full')).toBe('exit 0\n');
  });

  test.each(['2> /dev/full', '2>&-'])('stderr that cannot be written (%s) changes neither the exit code nor the data', (redirection) => {
    const args = ['classify', 'cat.png', 'nowhere.png', 'coffee.png', ...PETS, '--model', CLIP_TINY, '--ndjson'];
    expect(command(args, `> stdout.txt ${redirection}`)).toBe('exit 3\n');
    expect(readFileSync(join(folder, 'stdout.txt'), 'utf8').trimEnd().split('\n')).toHaveLength(3);
  });
});

test.skipIf(process.platform === 'win32')('a page whose run is stopped leaves the one that was there', async () => {
  const photos = temporaryFolder();
  for (let i = 0; i < 400; i++) copyFileSync(ASTRONAUT, join(photos, `${i}.jpg`));
  writeFileSync(join(photos, 'page.html'), 'before');
  const { code } = await spawnCli(['classify', '.', ...PETS, '--no-cache', '--ndjson', '--html', 'page.html'], {
    cwd: photos,
    meanwhile: (child) => child.stdout.once('data', () => child.kill('SIGINT')),
  });
  expect(code).toBe(130);
  expect(readFileSync(join(photos, 'page.html'), 'utf8')).toBe('before');
  expect(readdirSync(photos)).toHaveLength(401);
});

/** What each command says of a home that it cannot write to: its exit code. */
const COMMANDS: [string[], number][] = [
  [['classify', CAT, ...PETS, '--model', CLIP_TINY], 0],
  [['index', '.', '--model', CLIP_TINY], 5],
  [['index', '--forget', '.'], 5],
  [['index', 'prune'], 5],
  [['tag', ...PETS, '--name', 'pets'], 5],
  [['tags', 'add', 'x', 'cat.png'], 5],
  [['labels', 'build', 'pets', ...PETS, '--model', CLIP_TINY], 5],
  [['cache', 'clear'], 3],
  [['models', 'show', CLIP_TINY], 0],
  [['models', 'tune', CLIP_TINY], 3],
  [['models', 'quantize', CLIP_TINY], 3],
];

describe('a home that cannot be written', () => {
  let disk: SmallDisk | undefined;
  const inHome = (args: string[], home: string) => spawnCli(args, { cwd: folder, env: { ...process.env, LABELWISE_HOME: home } });
  beforeAll(async () => {
    disk = mountSmallDisk('8m');
    if (disk === undefined) return;
    expect((await inHome(['index', '.'], disk.folder)).code).toBe(0);
    expect((await inHome(['classify', CAT, ...PETS, '-q'], disk.folder)).code).toBe(0);
    disk.setReadOnly(true);
  });
  afterAll(() => disk?.unmount());

  test.for(COMMANDS)('%j says so on a read-only disk, and ends with %i', async ([args, expected], { skip }) => {
    if (disk === undefined) return skip(MOUNTS);
    const { code, stderr } = await inHome(args, disk.folder);
    expect([code, stderr]).toEqual([
      expected,
      expected === 0 ? expect.not.stringContaining('bug:') : expect.stringMatching(/^error: .*ead-only file system.*\nhint: /m),
    ]);
  });

  test('eval says so in both cases, with the flag and the variable that help', async () => {
    const homes = [join(folder, 'cat.png'), ...(disk === undefined ? [] : [disk.folder])];
    for (const home of homes) {
      const { code, stdout, stderr } = await inHome([...evalArgs(), '--json'], home);
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toMatch(/error: \S+ cannot be written: .*\nhint: .*[nN]ame a folder with --report, or set LABELWISE_HOME/);
    }
  });

  test.each(COMMANDS)('%j says so of a file in its place', async (args, expected) => {
    const { code, stderr } = await inHome(args, join(folder, 'cat.png'));
    expect([code, stderr]).toEqual([
      expected,
      expected === 0 ? expect.not.stringContaining('bug:') : expect.stringMatching(/^error: .*\nhint: /m),
    ]);
  });
});
