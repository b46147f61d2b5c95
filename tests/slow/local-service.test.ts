import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, lstatSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../dist/files/package-root.js';
import { MAIN, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, SIGLIP_TINY } from '../fixtures/paths.js';

const hasUsers = process.getuid !== undefined;
if (!hasUsers) console.warn('skipped: this system has no users to tell apart');
const home = temporaryFolder();
const environment = (own = home) => ({ ...process.env, LABELWISE_HOME: own, LABELWISE_MODEL: CLIP_TINY });
const CLASSIFY = ['classify', `${IMAGES}/chelsea.png`, '--labels', 'cat,dog', '--json'];
const KEYS = { AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'mine', AWS_REGION: 'us-east-1', AWS_ALLOW_HTTP: 'true' };
const readNote = () => JSON.parse(readFileSync(join(home, 'serve.json'), 'utf8')) as { socket: string; token: string };

/** A note of a service, and the socket that it names, which answers every command with "served". */
async function pretendService(): Promise<{ own: string; end: () => void }> {
  const own = temporaryFolder();
  const socket = join(own, 's');
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', () =>
      connection.end(`${JSON.stringify({ stdout: Buffer.from('served\n').toString('base64') })}\n{"code":3}\n`),
    );
  });
  await new Promise<void>((listening) => server.listen(socket, listening));
  chmodSync(socket, 0o600);
  const note = { socket, token: 'x', program: `${VERSION} ${realpathSync(MAIN)}` };
  writeFileSync(join(own, 'serve.json'), JSON.stringify(note), { mode: 0o600 });
  return { own, end: () => server.close() };
}

describe.skipIf(!hasUsers)('a second command while a service runs', () => {
  let service: ChildProcess;
  const end = async (signal: NodeJS.Signals, process = service): Promise<void> => {
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((done) => process.once('exit', done));
    process.kill(signal);
    await ended;
  };
  const start = async (env: NodeJS.ProcessEnv, cwd?: string): Promise<ChildProcess> => {
    const started = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--open'], { env, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((listening) => started.stderr?.on('data', (text) => String(text).includes('listening on') && listening()));
    return started;
  };

  beforeAll(async () => {
    service = await start(environment());
  }, 120_000);
  afterAll(() => end('SIGKILL'));

  test('prints what it prints alone, and ends with the same code', async () => {
    for (const args of [CLASSIFY, ['classify', 'nowhere.jpg', '--labels', 'cat,dog'], [...CLASSIFY, '--top-k', '0']]) {
      const served = await spawnCli(args, { env: environment() });
      expect(served).toEqual(await spawnCli(args, { env: { ...environment(), LABELWISE_LOCAL: '0' } }));
    }
  });

  test('one that works on an object store runs by itself, because the keys are in its own environment', async () => {
    const env = { ...environment(), LABELWISE_DB: 's3://bucket/db', ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const args = ['search', 'dog', '--json'];
    const own = await spawnCli(args, { env: { ...env, LABELWISE_LOCAL: '0' } });
    expect(own.stderr).toContain('the store cannot be reached');
    expect(await spawnCli(args, { env })).toEqual(own);
  });

  test('several at once do not mix their output', async () => {
    const labels = ['cat,dog', 'sun,moon,stars', 'red,green'];
    const runs = await Promise.all(
      labels.map((list) => spawnCli(['classify', `${IMAGES}/chelsea.png`, '--labels', list, '--json'], { env: environment() })),
    );
    for (const [i, { code, stdout }] of runs.entries()) {
      expect(code).toBe(0);
      const [{ predictions }] = JSON.parse(stdout) as [{ predictions: { label: string }[] }];
      expect(predictions.map(({ label }) => label).toSorted()).toEqual((labels[i] as string).split(',').toSorted());
    }
  });

  test('a warning of the model reaches the command that caused it, each time', async () => {
    const long = ['classify', `${IMAGES}/chelsea.png`, '--labels', `cat,${'very long words '.repeat(60)}`, '--no-cache'];
    for (let i = 0; i < 2; i++) expect((await spawnCli(long, { env: environment() })).stderr).toMatch(/longer than the 77 tokens/);
  });

  test('relative names lead where they lead without a service: the model, the database, the cache and the photos', async () => {
    const env = {
      ...process.env,
      LABELWISE_HOME: temporaryFolder(),
      LABELWISE_MODEL: './model',
      LABELWISE_DB: './db',
      LABELWISE_CACHE_FOLDER: './cache',
    };
    const places = [temporaryFolder(), temporaryFolder()] as const;
    for (const [i, place] of places.entries()) {
      cpSync([CLIP_TINY, SIGLIP_TINY][i] as string, join(place, 'model'), { recursive: true });
      copyFileSync(`${IMAGES}/${['chelsea.png', 'coffee.png'][i]}`, join(place, 'photo.png'));
      expect(await spawnCli(['index', '.', '--quiet'], { env, cwd: place })).toMatchObject({ code: 0 });
    }
    const other = await start(env, places[0]);
    for (const cwd of places)
      for (const args of [
        ['classify', 'photo.png', '--labels', 'cat,cup', '--json'],
        ['search', 'a cat', '--json'],
      ]) {
        const alone = await spawnCli(args, { env: { ...env, LABELWISE_LOCAL: '0' }, cwd });
        expect(alone.code).toBe(0);
        expect(await spawnCli(args, { env, cwd })).toEqual(alone);
      }
    await end('SIGKILL', other);
  });

  test('nobody else can read the note or enter the folder of the socket', () => {
    const { socket } = readNote();
    expect(lstatSync(join(home, 'serve.json')).mode & 0o077).toBe(0);
    expect(lstatSync(dirname(socket)).mode & 0o077).toBe(0);
    expect(lstatSync(socket).mode & 0o077).toBe(0);
  });

  test.each(['{"token":"wrong","args":["classify"]}', '{"args":[]}', 'no JSON', 'null'])('%s gets no answer', async (line) => {
    const connection = createConnection(readNote().socket);
    const answer = await new Promise<string>((done) => {
      let text = '';
      connection.on('data', (piece) => {
        text += piece;
      });
      connection.on('error', () => {}).on('close', () => done(text));
      connection.write(`${line}\n`);
    });
    expect(answer).toBe('');
    expect((await spawnCli(CLASSIFY, { env: environment() })).code).toBe(0); // the service goes on
  });

  test('after a service that was killed, a command runs by itself', async () => {
    await end('SIGKILL');
    expect(existsSync(join(home, 'serve.json'))).toBe(true);
    expect(await spawnCli(CLASSIFY, { env: environment() })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe.skipIf(!hasUsers)('a command', () => {
  test('leaves its work to the service of a note, with its output and code', async () => {
    const { own, end } = await pretendService();
    expect(await spawnCli(CLASSIFY, { env: environment(own) })).toEqual({ code: 3, stdout: 'served\n', stderr: '' });
    end();
  });

  test.each([
    ['a note that others may read', (own: string) => chmodSync(join(own, 'serve.json'), 0o644)],
    ['a socket that others may use', (own: string) => chmodSync(join(own, 's'), 0o666)],
    [
      'a service of another program',
      (own: string) =>
        writeFileSync(
          join(own, 'serve.json'),
          JSON.stringify({ ...JSON.parse(readFileSync(join(own, 'serve.json'), 'utf8')), program: 'other' }),
        ),
    ],
  ])('does not trust %s', async (_what, change) => {
    const { own, end } = await pretendService();
    change(own);
    expect((await spawnCli(CLASSIFY, { env: environment(own) })).stdout).toContain('predictions');
    end();
  });

  test.each([
    ['that reads stdin', ['classify', '-', '--labels', 'cat,dog']],
    ['that reads labels from stdin', ['classify', `${IMAGES}/chelsea.png`, '--labels-file=-']],
    ['that names a pipe of its own', ['classify', '/dev/fd/63', '--labels', 'cat,dog']],
    ['that is not one of those that a service runs', ['models', 'list']],
  ])('%s runs by itself', async (_what, args) => {
    const { own, end } = await pretendService();
    const { stdout } = await spawnCli(args, { env: environment(own), meanwhile: ({ stdin }) => stdin.end() });
    expect(stdout).not.toContain('served');
    end();
  });
});
