import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { fillFolder, tiny } from '../fixtures/photo-folder.js';

/** A network disk: sshfs over loopback, with Debian's sftp-server behind socat. A machine: a host name and process numbers of its own. */
const SFTP = '/usr/lib/openssh/sftp-server';
const MACHINE = ['--uts', '--pid', '--mount-proc', '--fork'];
const canRun =
  existsSync(SFTP) &&
  existsSync('/dev/fuse') &&
  spawnSync('sshfs', ['--version']).status === 0 &&
  spawnSync('socat', ['-V']).status === 0 &&
  spawnSync('unshare', [...MACHINE, 'true']).status === 0;
const PICTURES = 200;

const disk = temporaryFolder();
const mounts = ['a', 'b'].map((name) => join(temporaryFolder(), name));
const [a, b] = mounts as [string, string];

/** Hands each connection to an sftp-server of its own, in another process: what reads the disk here must not wait for itself. */
function serveSftp(port: number): ChildProcess {
  return spawn('socat', [`TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`, `EXEC:${SFTP}`], { stdio: 'ignore' });
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Tries again while the server starts. */
const mountDisk = (port: number, mount: string): Promise<void> =>
  vi.waitFor(
    () => {
      const { status, stderr } = spawnSync('sshfs', [`127.0.0.1:${disk}`, mount, '-o', `directport=${port}`, '-o', 'cache=no'], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
    },
    { timeout: 20_000, interval: 200 },
  );

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs labelwise on a machine of this name. Each has a connection of its own to the disk, and both see it at one path. */
function start(machine: 'machine-a' | 'machine-b', args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const command = `hostname ${machine}; ${machine === 'machine-b' ? `mount --bind ${b} ${a};` : ''} exec "$@"`;
  const program = [process.execPath, `${ROOT}dist/bin/labelwise.js`, ...args];
  const home = { LABELWISE_HOME: join(disk, `../home-${machine}-${process.pid}`), LABELWISE_LOCK_STALE_MS: '3000' };
  const child = spawn('unshare', [...MACHINE, '--kill-child', 'sh', '-c', command, 'sh', ...program], { env: { ...process.env, ...home } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr }))) };
}

/** Whether a process holds a lock of the database: its name says which, see src/files/lock-holder.ts. */
const isLocked = (): boolean =>
  readdirSync(join(disk, 'db'), { recursive: true }).some((name) => /(?:^|[/\\])\d+-\w+-[0-9a-f]{16}-[0-9a-f]{8}$/.test(`${name}`));

const indexArgs = (mount: string): string[] => ['index', join(mount, 'photos'), ...tiny(join(mount, 'db')), '--json'];

describe.skipIf(!canRun)(
  'two machines with one library on a network disk (skipped without sshfs, socat, sftp-server, /dev/fuse and unshare)',
  () => {
    let server: ChildProcess;
    beforeAll(async () => {
      fillFolder(join(disk, 'photos'), 0, PICTURES);
      const port = await freePort();
      server = serveSftp(port);
      for (const mount of mounts) {
        mkdirSync(mount);
        await mountDisk(port, mount);
      }
    });
    afterAll(() => {
      for (const mount of mounts) spawnSync('umount', ['-l', mount]);
      server?.kill();
    });

    test('both index the same pictures at once: one may be told to wait, and each picture is there once', async () => {
      const runs = await Promise.all([start('machine-a', indexArgs(a)).ended, start('machine-b', indexArgs(a)).ended]);
      expect(runs.some(({ code }) => code === 0)).toBe(true);
      for (const { stderr } of runs.filter(({ code }) => code !== 0)) expect(stderr).toContain('Another labelwise is writing the index');
      const again = await start('machine-b', indexArgs(a)).ended;
      expect([again.code, JSON.parse(again.stdout)[0].found]).toEqual([0, PICTURES]);
      const { stdout } = await cli(['search', '--where', 'width > 0', '--top-k', '1000', '--json', '--db', join(b, 'db')]);
      const paths = JSON.parse(stdout).map(({ path }: { path: string }) => path);
      expect([paths.length, new Set(paths).size]).toEqual([PICTURES, PICTURES]);
      expect(await cli(['index', 'verify', '--db', join(b, 'db')])).toMatchObject({ code: 0 });
    });

    test('a machine that dies with the lock holds the other up only until the lock is stale', async () => {
      fillFolder(join(disk, 'photos'), PICTURES, PICTURES * 2);
      const dying = start('machine-a', indexArgs(a));
      await vi.waitUntil(isLocked, { timeout: 60_000, interval: 20 });
      dying.child.kill('SIGKILL');
      await dying.ended;
      let after = await start('machine-b', indexArgs(a)).ended;
      for (let run = 0; run < 5 && after.stderr.includes('Another labelwise is writing'); run++)
        after = await start('machine-b', indexArgs(a)).ended;
      expect([after.code, JSON.parse(after.stdout)[0].found]).toEqual([0, PICTURES * 2]);
      expect(await cli(['index', 'verify', '--db', join(b, 'db')])).toMatchObject({ code: 0 });
    });

    test('what one machine changes, the other sees', async () => {
      const some = join(a, 'photos/0/1.png');
      expect(readFileSync(some)).toEqual(readFileSync(join(b, 'photos/0/1.png')));
      expect(await start('machine-a', ['tags', 'add', 'holiday', some, '--db', join(a, 'db')]).ended).toMatchObject({ code: 0 });
      const { stdout } = await start('machine-b', ['search', 'tag:holiday', '--json', '--db', join(a, 'db')]).ended;
      expect(JSON.parse(stdout)).toHaveLength(1);
    });
  },
);
