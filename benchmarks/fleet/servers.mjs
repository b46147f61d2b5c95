/** The servers of a fleet's benchmarks: versitygw over a folder, and Redis. Each is killed with this process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TOOLS = process.env.LABELWISE_TEST_TOOLS ?? join(homedir(), '.cache', 'labelwise-test-tools');
const PATH = `${TOOLS}:${process.env.PATH}`;
const THIS_MACHINE = { address: '127.0.0.1', spawn };

/** A program that is killed with SIGKILL, and starts again on the same port with what it kept. */
async function startServer({ host = THIS_MACHINE, port }, command) {
  let child;
  const server = {
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async start() {
      const { program, args, env } = command();
      child = host.spawn(program, args, { env: { ...process.env, PATH, ...env }, stdio: 'ignore' });
      await untilListening(port, host.address);
    },
    /** By which its processor time is read. */
    pid: () => child.pid,
  };
  process.once('exit', () => child?.kill('SIGKILL'));
  await server.start();
  return server;
}

const KEYS = { user: 'labelwise-test', secret: 'labelwise-test-secret' };

/** @param accessLog a file for a line about each request */
export async function startVersitygw({ folder, host, port, accessLog, buckets }) {
  for (const bucket of buckets) mkdirSync(join(folder, bucket), { recursive: true });
  const address = `${host?.address ?? '127.0.0.1'}:${port}`;
  const log = accessLog === undefined ? [] : ['--access-log', accessLog];
  const server = await startServer({ host, port }, () => ({
    program: 'versitygw',
    args: ['--quiet', ...log, '--port', address, 'posix', folder],
    env: { ROOT_ACCESS_KEY: KEYS.user, ROOT_SECRET_KEY: KEYS.secret },
  }));
  const storageOptions = { endpoint: `http://${address}`, allowHttp: true, accessKeyId: KEYS.user, secretAccessKey: KEYS.secret };
  return { ...server, storageOptions };
}

/** @param options.isDurable with an append-only file; may be changed before a start */
export async function startRedis({ folder, host, port, options = { isDurable: false } }) {
  mkdirSync(folder, { recursive: true });
  const address = host?.address ?? '127.0.0.1';
  const server = await startServer({ host, port }, () => ({
    program: 'redis-server',
    args: [
      ...['--port', `${port}`, '--bind', address, '--protected-mode', 'no', '--save', '', '--dir', folder],
      ...(options.isDurable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
    ],
    env: {},
  }));
  return { ...server, options, url: `redis://${address}:${port}` };
}

async function untilListening(port, address) {
  for (let tries = 0; tries < 600; tries++) {
    const socket = connect(port, address);
    const isOpen = await new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`nothing listens at ${address}:${port}`);
}
