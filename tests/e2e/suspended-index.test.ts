import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { type CliResult, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { fillFolder, tiny } from '../fixtures/photo-folder.js';

const IMAGES = 400;
const env = { ...process.env, NO_COLOR: '1', LABELWISE_LOCK_STALE_MS: '1000' };

/** Suspends the process as soon as `isTime` says so, and resolves then. */
const suspendWhen = (child: ChildProcessWithoutNullStreams, isTime: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (child.exitCode === null && !isTime()) return void setImmediate(look);
      child.kill('SIGSTOP');
      resolve();
    };
    look();
  });

/** Runs a command until another process does not hold the index any more. */
async function untilFree(args: readonly string[]): Promise<CliResult> {
  for (;;) {
    const result = await spawnCli(args, { env });
    if (!result.stderr.includes('Another labelwise is writing')) return result;
  }
}

/** What is in the database folder then: the lock has a holder, and no row is written; the table has begun, and most rows are to come. */
test.runIf(process.platform !== 'win32').each([
  ['has taken the lock', /^images\.lock.\d/],
  ['has begun the table', /^images\.lance/],
])('a run that is suspended when it %s, and goes on after another took over, doubles no path and says why it stops', async (_, sign) => {
  const [folder, db] = [temporaryFolder(), temporaryFolder()];
  fillFolder(folder, 0, IMAGES);
  const args = ['index', folder, ...tiny(db)];
  let isSuspended: Promise<void> | undefined;
  let first: ChildProcessWithoutNullStreams | undefined;
  const ended = spawnCli(args, {
    env,
    meanwhile: (child) => {
      first = child;
      isSuspended = suspendWhen(child, () => readdirSync(db, { recursive: true }).some((name) => sign.test(String(name))));
    },
  });
  await isSuspended;
  expect(await untilFree(args)).toMatchObject({ code: 0 });
  first?.kill('SIGCONT');
  const { code, stdout, stderr } = await ended;
  // One that is suspended before it has checked its new lock has done nothing yet, and begins again.
  const hasBegunAgain = code === 0 && sign.test('images.lock/1') && stdout.includes(`${IMAGES} unchanged`);
  if (!hasBegunAgain)
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/error: Another process took over the lock .*suspended[\s\S]*Run the same command again/),
    ]);
  expect(await verifyImages(openDatabase(db))).toEqual({ rows: IMAGES, faults: [] });
  expect((await spawnCli(args, { env })).stdout).toContain(`${IMAGES} unchanged`);
});
