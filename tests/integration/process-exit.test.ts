import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

const SCRIPT = join(ROOT, 'tests/fixtures/exit-with-work.mjs');
const PHOTO = `${IMAGES}/chelsea.png`;
const RUNS = process.env.LABELWISE_SLOW_TESTS ? 20 : 4; // without the exit hook, at least 8 of 10 runs abort

const exitCode = (way: string): Promise<unknown> =>
  new Promise((resolve) =>
    execFile(process.execPath, [SCRIPT, way, PHOTO], { cwd: ROOT }, (error) => resolve(error?.code ?? error?.signal ?? 0)),
  );

test.each(['after a caught error', 'after a break', 'in a SIGTERM handler', 'by an error that nobody catches'])(
  `a process that exits %s, with images in hand, has its own exit code in ${RUNS} of ${RUNS} runs`,
  async (way) => {
    const codes: unknown[] = [];
    const runInTurn = async (): Promise<void> => {
      while (codes.length < RUNS) {
        const place = codes.push(undefined) - 1;
        codes[place] = await exitCode(way);
      }
    };
    await Promise.all([runInTurn(), runInTurn()]);
    expect(codes).toEqual(Array(RUNS).fill(3));
  },
);

test.each(['--max-old-space-size=2048', '--no-warnings'])('flags of Node such as %s stay with the process, whose threads start', (flag) => {
  const cli = [flag, join(ROOT, 'dist/bin/labelwise.js'), 'classify', PHOTO, '--labels', 'cat,dog', '--json', '--no-cache'];
  const { stdout, stderr } = spawnSync(process.execPath, cli, {
    encoding: 'utf8',
    env: { ...process.env, LABELWISE_HOME: temporaryFolder() },
  });
  expect([stderr, JSON.parse(stdout || 'null')]).toMatchObject(['', [{ predictions: [{ label: 'cat' }, { label: 'dog' }] }]]);
});
