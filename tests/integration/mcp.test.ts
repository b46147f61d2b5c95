import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { openWorkspace } from 'labelwise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAIN } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const db = join(temporaryFolder(), 'db');
const PHOTOS = join(ROOT, 'demo/photos');
const rocket = join(PHOTOS, 'rocket.jpg');
const clients: Client[] = [];

async function connect(...flags: string[]): Promise<Client> {
  const env = { ...process.env, LABELWISE_HOME: temporaryFolder() } as Record<string, string>;
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp', '--db', db, ...flags], env, cwd: PHOTOS }),
  );
  return client;
}

async function call<T>(client: Client, name: string, args: Record<string, unknown>): Promise<T & { isError?: boolean }> {
  const { structuredContent, content, isError } = await client.callTool({ name, arguments: args });
  const [part] = content as { type: string; text: string }[];
  if (structuredContent !== undefined) expect(JSON.parse(part?.text ?? '')).toEqual(structuredContent);
  return { ...(structuredContent as T), ...(isError ? { isError: true, text: part?.text } : {}) };
}

let reader: Client;
beforeAll(async () => {
  await using library = openWorkspace({ db });
  await library.index({ folders: [PHOTOS] });
  reader = await connect();
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
});

test('an assistant sees four tools that only read, and one more with --write', async () => {
  const { tools } = await reader.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['classify', 'search', 'similar', 'tags']);
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint === true)).toBe(true);
  expect(tools.every(({ inputSchema }) => inputSchema.additionalProperties === false)).toBe(true);
  const { tools: all } = await (await connect('--write')).listTools();
  expect(all.map(({ name }) => name)).toEqual(['classify', 'search', 'similar', 'tags', 'correct_tags']);
  expect(all.at(-1)?.annotations?.readOnlyHint).toBe(false);
  expect(await call(reader, 'correct_tags', { tag: 'x', change: 'add', images: [rocket] })).toMatchObject({ isError: true });
});

test('classify has the answers of the library, by absolute and relative paths', async () => {
  await using library = openWorkspace({ db });
  const [expected] = await library.classify(rocket, { labels: ['cat', 'rocket'], topK: 2 });
  const { results } = await call<{ results: { image: string; predictions: unknown }[] }>(reader, 'classify', {
    images: [rocket, 'rocket.jpg'],
    labels: ['cat', 'rocket'],
    topK: 2,
  });
  expect(results.map(({ image }) => image)).toEqual([rocket, rocket]);
  for (const { predictions } of results) expect(predictions).toEqual(expected?.predictions);
});

test('what makes an answer worse is in its notes, each time', async () => {
  for (let i = 0; i < 2; i++) {
    const { notes } = await call<{ notes: string[] }>(reader, 'classify', { images: [rocket], labels: ['cat', 'qwrtp'] });
    expect(notes.join()).toContain('qwrtp');
  }
});

test('search and similar find indexed images', async () => {
  type Found = { images: { path: string }[] };
  expect((await call<Found>(reader, 'search', { query: 'a rocket', topK: 2 })).images.map(({ path }) => path)[0]).toBe(rocket);
  const { images } = await call<Found>(reader, 'similar', { image: 'rocket.jpg', topK: 3 });
  expect(images).toHaveLength(3);
  expect(images[0]).toMatchObject({ path: rocket });
});

test('tags are corrected with --write, and everybody reads them', async () => {
  const writer = await connect('--write');
  expect(await call(writer, 'correct_tags', { tag: 'launch', change: 'add', images: ['rocket.jpg'] })).toMatchObject({ changed: 1 });
  const { images } = await call<{ images: unknown[] }>(reader, 'tags', { images: [rocket] });
  expect(images).toMatchObject([{ path: rocket, tags: [{ label: 'launch' }] }]);
  expect(await call(reader, 'search', { query: 'tag:launch' })).toMatchObject({ images: [{ path: rocket }] });
  expect(await call(reader, 'tags', {})).toEqual({ tagSets: [] });
});

test.each([
  ['an address, which labelwise would fetch', 'classify', { images: ['http://127.0.0.1/x.jpg'], labels: ['a', 'b'] }, 'got an address'],
  ['a data URL', 'similar', { image: 'data:image/png;base64,AAAA' }, 'got an address'],
  ['an unknown field', 'search', { query: 'dog', where: '1 = 1' }, 'where'],
  ['no labels', 'classify', { images: [rocket] }, 'INVALID_ARGUMENT'],
  ['an image that is not indexed', 'tags', { images: ['/nowhere.jpg'] }, 'INPUT_NOT_FOUND'],
])('%s is refused with a reason', async (_, tool, args, reason) => {
  const refused = await call<{ text: string }>(reader, tool, args);
  expect(refused.isError).toBe(true);
  expect(refused.text).toContain(reason);
});

test('stdout carries only the protocol, and the end of stdin ends the process', async () => {
  const child = spawn(process.execPath, [MAIN, 'mcp', '--db', db, '--verbose'], {
    env: { ...process.env, LABELWISE_HOME: temporaryFolder() },
  });
  const lines: string[] = [];
  let wake = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines.push(text);
    wake();
  });
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const answers = () =>
    lines
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { jsonrpc: string; id: number });
  send({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } },
  });
  send({ method: 'notifications/initialized' });
  send({ id: 2, method: 'tools/call', params: { name: 'classify', arguments: { images: ['zweihundert'], labels: ['quux', 'rocket'] } } });
  send({ id: 3, method: 'tools/call', params: { name: 'search', arguments: { query: 'a zyzzyva on a rocket' } } });
  while (lines.join('').split('\n').length <= 3)
    await new Promise<void>((next) => {
      wake = next;
    });
  child.stdin.end();
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(answers().every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true);
  expect(
    answers()
      .map(({ id }) => id)
      .sort(),
  ).toEqual([1, 2, 3]);
});
