import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../dist/server/start-server.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

/** The clients as they are published; nothing of them is changed but the address. */
const NPM = ['openai@6.49.0', '@huggingface/inference@4.13.30', 'cohere-ai@8.1.0'];
const PYPI = [
  ...['openai==3.57.0', 'huggingface_hub==2.4.0', 'infinity_client==0.0.78', 'cohere==7.3.1', 'langchain-community==0.4.2'],
  ...['pillow==13.0.0', 'numpy==2.4.6', 'requests==2.34.2'],
];
const PHOTO = join(ROOT, 'demo/photos/rocket.jpg');
const run = promisify(execFile);
const folder = temporaryFolder();
const workspace = openWorkspace({
  db: join(folder, 'db'),
  cache: undefined,
  cwd: ROOT,
  home: folder,
  hub: { endpoint: '', offline: true },
} as never);
let server: RunningServer;
let own: {
  readonly rocket: number[];
  readonly cat: number[];
  readonly image: number[];
  readonly zeroShot: { label: string; score: number }[];
};

beforeAll(async () => {
  server = await startServer(workspace, { port: 0 });
  const encoder = await workspace.encoder();
  const [rocket, cat] = (await encoder.encodeTexts(['a rocket', 'a cat'])).map((embedding) => [...embedding]) as [number[], number[]];
  const image: number[] = [];
  for await (const outcome of encoder.encodeImages([PHOTO])) if ('embedding' in outcome) image.push(...outcome.embedding);
  const { openWorkspace: openLibrary } = await import('labelwise');
  await using library = openLibrary({ db: join(folder, 'db') });
  const [answer] = await library.classify(PHOTO, { labels: ['rocket', 'cat'], templates: ['a photo of a {}'] });
  const zeroShot = (answer?.predictions ?? []).map(({ label, probability }) => ({ label, score: probability as number }));
  own = { rocket, cat, image, zeroShot };
});

afterAll(async () => {
  await server.close();
  await workspace.close();
});

/** Installs what a client needs; undefined, with the reason, where the registry or the tool is missing. */
async function installed(command: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    await run(command, args, { cwd, maxBuffer: 2 ** 26 });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: string }).stderr || error)
      .trim()
      .slice(0, 300);
  }
}

type Answers = Record<string, number[]> & {
  openaiTexts: number[][];
  zeroShot: { label: string; score: number }[];
  refusal: string;
  models: string[];
};

/** Clients print the shortest text of a double, so floats come back as they were sent. */
const expectSame = (answers: Answers, texts: readonly string[], images: readonly string[]): void => {
  for (const name of texts) expect(answers[name], name).toEqual(own.rocket);
  for (const name of images) expect(answers[name], name).toEqual(own.image);
  expect(answers.openaiTexts).toEqual([own.rocket, own.cat]);
  expect(answers.zeroShot).toEqual(own.zeroShot);
};

describe('clients as they are published', () => {
  test('those of npm get the answers of the library', async ({ skip }) => {
    const place = temporaryFolder();
    cpSync(join(ROOT, 'tests/slow/clients/npm-clients.mjs'), join(place, 'clients.mjs'));
    const fault = await installed('npm', ['install', '--no-audit', '--no-fund', '--prefix', place, ...NPM], place);
    if (fault !== undefined) skip(`npm cannot install the clients here: ${fault}`);
    const { stdout } = await run(process.execPath, ['clients.mjs', server.address, PHOTO], { cwd: place, maxBuffer: 2 ** 26 });
    const answers = JSON.parse(stdout) as Answers;
    expectSame(answers, ['openaiFloats', 'cohereText'], ['openaiImage', 'vllmImage', 'cohereImage']);
    expect(answers.refusal).toMatch(/400 Expected `dimensions` to be 512 or left out, got 3/);
    expect(answers.models).toEqual(['pocket']);
  });

  test('those of PyPI get the answers of the library', async ({ skip }) => {
    const place = temporaryFolder();
    const python = join(place, 'bin/python');
    const fault =
      (await installed('python3', ['-m', 'venv', place], ROOT)) ??
      (await installed(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PYPI], place));
    if (fault !== undefined || !existsSync(python)) skip(`pip cannot install the clients here: ${fault}`);
    const script = join(ROOT, 'tests/slow/clients/pypi-clients.py');
    const { stdout } = await run(python, [script, server.address, PHOTO], {
      maxBuffer: 2 ** 26,
      env: { ...process.env, HF_HUB_OFFLINE: '0' },
    });
    const answers = JSON.parse(stdout) as Answers;
    expectSame(
      answers,
      ['infinityText', 'visionText', 'langchainInfinity', 'jinaText', 'cohereText'],
      ['openaiImage', 'infinityImage', 'jinaImage', 'cohereImage'],
    );
    expect(answers.visionShape).toEqual([1, own.image.length]);
  });
});

/** Immich is on no registry. Its server sends this with Node's own fetch and FormData, to an address that it makes from the one in its settings. */
test("Immich's requests over a socket get the answers of the library", async () => {
  const ask = async (entries: object, part: readonly ['image', Blob] | readonly ['text', string]) => {
    const form = new FormData();
    form.append('entries', JSON.stringify(entries));
    form.append(part[0], part[1] as string);
    return fetch(new URL('/predict', server.address), { method: 'POST', body: form });
  };
  expect((await fetch(new URL('/ping', server.address))).ok).toBe(true);
  const model = { modelName: 'pocket' };
  const visual = await ask({ clip: { visual: model } }, ['image', new Blob([new Uint8Array(readFileSync(PHOTO))])]);
  expect(JSON.parse(((await visual.json()) as { clip: string }).clip)).toEqual(own.image);
  const textual = await ask({ clip: { textual: { ...model, options: { language: undefined } } } }, ['text', 'a rocket']);
  expect(JSON.parse(((await textual.json()) as { clip: string }).clip)).toEqual(own.rocket);
  const faces = await ask({ 'facial-recognition': { detection: model, recognition: model } }, ['image', new Blob([new Uint8Array(1)])]);
  expect([faces.ok, faces.status]).toEqual([false, 501]);
});
