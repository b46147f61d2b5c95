import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, MAIN, rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { tinyPng } from '../fixtures/photo-folder.js';
import { CAT } from '../fixtures/pictures.js';

const TINY = ['--labels', 'cat, dog', '--model', CLIP_TINY];
const FLAGS = [...TINY, '--json'];
const makePipe = (path: string): string => {
  execFileSync('mkfifo', [path]);
  return path;
};

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
    copyFileSync(CAT, join(folder, 'cat.png'));
    makePipe(join(folder, 'pipe.png'));
    symlinkSync('pipe.png', join(folder, 'zlink.png'));
  });

  test.each(['classify', 'embed'])('in a folder is an error of its own for %s, and the rest goes on', async (command) => {
    const flags = command === 'classify' ? FLAGS : ['--model', CLIP_TINY, '--json'];
    const rows = rowsOf(await cli([command, folder, ...flags]));
    expect(rows.map((row) => row.error?.code)).toEqual([undefined, 'INPUT_UNREADABLE', 'INPUT_UNREADABLE']);
    expect(rows[1]?.error?.message).toBe(`Expected an image file, got a pipe: ${join(folder, 'pipe.png')}.`);
  });

  test('or a device that a pattern or an argument leads to is not read', async () => {
    const rows = rowsOf(await cli(['classify', join(folder, 'z*.png'), '/dev/zero', ...FLAGS]));
    expect(rows.map((row) => row.error?.message)).toEqual([
      `Expected an image file, got a pipe: ${join(folder, 'zlink.png')}.`,
      'Expected an image file, got a device: /dev/zero.',
    ]);
  });

  test('that an argument names is read, once: the page and --explain have it too', async () => {
    const page = join(folder, 'page.html');
    const line = `"$0" "${MAIN}" classify <(cat "${CAT}") --html "${page}" --explain --labels "cat, dog" --model "${CLIP_TINY}" --ndjson 2>/dev/null`;
    const shown = execFileSync('bash', ['-c', line.replace('"$0"', `"${process.execPath}"`)], { encoding: 'utf8' });
    const [fromFile] = rowsOf(await cli(['classify', CAT, ...FLAGS]));
    expect(JSON.parse(shown)).toMatchObject({
      ...fromFile,
      path: expect.stringMatching(/^\/dev\/fd\/\d+$/),
      explanation: { label: expect.any(String) },
    });
  });

  test('that an argument names gives no more than --max-image-bytes', async () => {
    const line = `head -c 50000000 /dev/zero > "${join(folder, 'pipe.png')}"`;
    const writer = spawn('bash', ['-c', line], { stdio: 'ignore' });
    const result = await cli(['classify', join(folder, 'pipe.png'), ...FLAGS, '--max-image-bytes', '1000']);
    await new Promise((resolve) => (writer.exitCode === null && writer.signalCode === null ? writer.on('close', resolve) : resolve(0)));
    expect(rowsOf(result)[0]?.error?.message).toBe(`Expected at most 1.0 kB, got more in ${join(folder, 'pipe.png')}.`);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('that gives nothing keeps no run from ending on %s', async (signal) => {
    const pipe = makePipe(join(folder, `${signal}.pipe`));
    const writer = open(pipe, 'w'); // it opens when the run has begun to read
    const { code, stderr } = await spawnCli(['classify', pipe, ...TINY], {
      meanwhile: (child) => void writer.then(() => child.kill(signal)),
    });
    await (await writer).close();
    expect([code, stderr]).toEqual([130, expect.stringContaining('Stopped before the work was done')]);
  });

  test('holds the labels, as in --labels-file <(...), or a run that ends on the first signal', async () => {
    const labels = makePipe(join(folder, 'labels.txt'));
    const text = open(labels, 'w').then(async (file) => {
      await file.writeFile('\uFEFFcat\ndog\n');
      await file.close();
    });
    const { stdout } = await cli(['classify', CAT, '--labels-file', labels, '--model', CLIP_TINY, '--json']);
    await text;
    expect(
      JSON.parse(stdout)[0]
        .predictions.map(({ label }: { label: string }) => label)
        .sort(),
    ).toEqual(['cat', 'dog']);
    const stop = new AbortController();
    const waiting = cli(['classify', CAT, '--labels-file', labels, ...TINY.slice(2)], { signal: stop.signal });
    const writer = await open(labels, 'w');
    stop.abort();
    expect((await waiting).code).toBe(130);
    await writer.close();
  });

  test('in a data set is left out with a warning, and as a data set refused', async () => {
    const data = temporaryFolder();
    for (const label of ['cat', 'dog']) {
      mkdirSync(join(data, label));
      writeFileSync(join(data, label, '1.png'), tinyPng(label));
    }
    for (const name of ['README.md', 'labels.csv', 'dog/2.png']) makePipe(join(data, name));
    const { code, stdout, stderr } = await cli(['eval', data, '--model', CLIP_TINY]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('2 images, 2 labels')]);
    expect(stderr).toContain('README.md, labels.csv, dog/2.png');
    const refused = await cli(['eval', join(data, 'labels.csv'), '--model', CLIP_TINY]);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('Expected a data set, got a pipe')]);
  });
});

test.skipIf(process.platform === 'win32')('a second signal of another kind ends the process at once', async () => {
  const model = temporaryFolder();
  const held = makePipe(join(model, 'config.json')); // who reads it cannot be called back
  let isStopped = false;
  const child = spawn(process.execPath, [MAIN, 'classify', CAT, '--labels', 'cat, dog', '--model', model], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_code, signal) => resolve(signal)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!isStopped && text.includes('stopping')) child.kill('SIGTERM');
    isStopped ||= text.includes('stopping');
  });
  const writer = await open(held, 'w');
  child.kill('SIGINT');
  expect(await ended).toBe('SIGTERM');
  await writer.close();
});

describe.skipIf(process.platform !== 'linux')('a name that is no UTF-8', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
    const inFolder = (name: string): Buffer => Buffer.from(join(folder, name), 'latin1');
    mkdirSync(inFolder('d\xfe'));
    copyFileSync(CAT, inFolder('caf\xe9.png'));
    copyFileSync(CAT, inFolder('d\xfe/in.png'));
  });

  test('is found in a folder, and goes by its file: URL, which is an argument too', async () => {
    const result = await cli(['classify', folder, ...FLAGS]);
    const paths = rowsOf(result).map((row) => row.path);
    expect([result.code, paths]).toEqual([0, [`file://${folder}/caf%E9.png`, `file://${folder}/d%FE/in.png`]]);
    expect(rowsOf(await cli(['classify', ...paths, ...FLAGS]))).toEqual(rowsOf(result));
  });

  test.each([
    ['*.png', ['caf%E9.png']],
    ['caf?.png', ['caf%E9.png']],
    ['d*/*', ['d%FE/in.png']],
    ['**/*.png', ['caf%E9.png', 'd%FE/in.png']],
  ])('is matched by the pattern %s', async (pattern, names) => {
    const result = await cli(['classify', pattern, ...FLAGS], { cwd: folder });
    expect([result.code, rowsOf(result).map((row) => row.path)]).toEqual([0, names.map((name) => `file://${folder}/${name}`)]);
  });

  test('as an argument is told, with what to do instead', async () => {
    const { stdout } = await spawnCli(['classify', ...FLAGS, join(folder, 'caf\uFFFD.png')]);
    expect(JSON.parse(stdout)[0].error).toMatchObject({ code: 'INPUT_NOT_FOUND', hint: expect.stringContaining('no UTF-8') });
  });
});

describe.skipIf(process.platform === 'win32')('links', () => {
  test('that lead round in circles give each image once under **, and are entered where a pattern names their folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'sub'));
    copyFileSync(CAT, join(folder, 'sub/cat.png'));
    symlinkSync('.', join(folder, 'loop'));
    symlinkSync('sub', join(folder, 'linked'));
    symlinkSync('sub/cat.png', join(folder, 'link.png'));
    const pathsOf = async (pattern: string) => rowsOf(await cli(['classify', pattern, ...FLAGS], { cwd: folder })).map((row) => row.path);
    expect(await pathsOf('**/*.png')).toEqual(['link.png', 'sub/cat.png']);
    expect(await pathsOf('link*/*.png')).toEqual(['linked/cat.png']);
    expect(await pathsOf('*')).toEqual(['link.png']);
  });
});
