import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../dist/server/start-server.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { openTestWorkspace } from '../fixtures/service.js';

const workspaces: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(workspaces.map((workspace) => workspace.close())));

/** A service with a folder of photos that a job may index, and a sign of life every millisecond. */
async function startWithPhotos(): Promise<RunningServer> {
  const folder = temporaryFolder();
  cpSync(join(ROOT, 'demo/photos'), folder, { recursive: true });
  const workspace = openTestWorkspace();
  workspaces.push(workspace);
  return startServer(workspace, { port: 0, heartbeatMs: 1, folders: new Map([['photos', folder]]) });
}

const startJob = async ({ address }: RunningServer): Promise<string> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${address}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify({ kind: 'index' }) });
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
};

const follow = ({ address }: RunningServer, id: string): Promise<Response> => fetch(`${address}/v1/jobs/${id}/events`);

/** The states of the events, one after the other. */
const statesOf = (text: string): string[] => [...text.matchAll(/^data: .*"state":"(\w+)"/gm)].map(([, state]) => state as string);

test('a stream of events gives signs of life while the job runs, and ends with it', async () => {
  const server = await startWithPhotos();
  const id = await startJob(server);
  const response = await follow(server, id);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text(); // until the service ends it
  expect(text).toMatch(/^retry: 2000\n\n/);
  expect(text).toContain(': still there\n\n');
  expect(statesOf(text).at(-1)).toBe('done');
  const again = statesOf(await (await follow(server, id)).text()); // a job that has ended: its last event alone
  expect(again).toEqual(['done']);
  await server.close();
});

test('a stream of events ends when the service does', async () => {
  const server = await startWithPhotos();
  await startJob(server);
  const waiting = await startJob(server); // behind the first one, so that it has not ended
  const response = await follow(server, waiting);
  const text = response.text();
  await server.close();
  expect(statesOf(await text)).not.toContain('done');
  await expect(fetch(`${server.address}/healthz`)).rejects.toThrow();
});

test('a client that only asks for the head takes no place among those that follow jobs', async () => {
  const server = await startWithPhotos();
  await startJob(server);
  const waiting = await startJob(server);
  for (let i = 0; i < 70; i++) expect((await fetch(`${server.address}/v1/jobs/${waiting}/events`, { method: 'HEAD' })).status).toBe(200);
  const response = await follow(server, waiting); // 64 may follow
  expect(response.status).toBe(200);
  await response.body?.cancel();
  await server.close();
});
