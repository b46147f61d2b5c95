import { execFile } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { type ServeProcess, startServe, stopServe } from '../fixtures/serve.js';
import { photo } from '../fixtures/service.js';

const run = promisify(execFile);
const PACKAGE = 'schemathesis==4.32.5';
const folder = join(temporaryFolder(), 'photos');
let server: ServeProcess;

beforeAll(async () => {
  cpSync(join(ROOT, 'demo/photos'), folder, { recursive: true });
  server = await startServe(['--db', temporaryFolder(), '--folder', `photos=${folder}`, '--max-items', '4']);
  const form = new FormData();
  for (const name of ['cat.jpg', 'rocket.jpg']) form.append('image', new File([photo(name)], name));
  expect((await fetch(`${server.address}/v1/images`, { method: 'POST', body: form })).status).toBe(200);
});
afterAll(() => stopServe(server));

/** schemathesis in a virtual environment of its own, or why there is none. */
async function install(): Promise<{ st: string } | { fault: string }> {
  const place = temporaryFolder();
  try {
    await run('python3', ['-m', 'venv', place]);
    await run(join(place, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE]);
    return { st: join(place, 'bin/st') };
  } catch (error) {
    return { fault: String(error).split('\n')[0] as string };
  }
}

test('schemathesis finds no failure of the server and no answer that its OpenAPI document does not describe', async ({ skip }) => {
  const tool = await install();
  if ('fault' in tool || !existsSync(tool.st)) return skip(`pip cannot install schemathesis here: ${'fault' in tool ? tool.fault : ''}`);
  const checks =
    'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance';
  const args = [
    ...['run', `${server.address}/openapi.json`, '--checks', checks, '--max-examples', '20', '--seed', '1', '--no-color'],
    ...['--request-timeout', '60', '--suppress-health-check', 'all', '--generation-database', ':memory:'],
    ...['--exclude-path-regex', '/events$|/reload$'], // streams end with their job; opening a model again takes seconds
  ];
  const { stdout, code } = await run(tool.st, args, { cwd: temporaryFolder(), maxBuffer: 2 ** 28, timeout: 540_000 }).then(
    (done) => ({ ...done, code: 0 }),
    (failed: { stdout: string; code: number }) => failed,
  );
  const summary = stdout.slice(stdout.indexOf('== SUMMARY =='));
  const failures = stdout.slice(stdout.indexOf('== ERRORS =='), stdout.indexOf('== SUMMARY ==')).replace(/(.)\1{200,}/g, '$1...');
  expect(code, `${failures.slice(0, 8000)}\n${summary}`).toBe(0);
  expect(summary).toMatch(/\d{3,} generated/);
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
});
