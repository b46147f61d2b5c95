import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { cli, rowsOf } from '../fixtures/cli.js';
import { copyWithout, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, PARITY, SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder } from '../fixtures/photo-folder.js';

const photos = temporaryFolder();
fillFolder(photos, 0, 6);
const PHOTO = join(photos, '0', '3.png');

/** All that reads an index. */
const READERS: readonly string[][] = [
  ['search', 'a cat'],
  ['search', 'a cat', '--relevant'],
  ['search', '--image', PHOTO],
  ['search', '--like', PHOTO],
  ['tag', '--labels', 'cat, dog', '--name', 'pets', '--quiet'],
  ['search', 'a cat tag:cat'],
  ['duplicates'],
  ['export', '--csv'],
];
const NEED_MODEL = READERS.slice(0, 3).concat([['tag', '--labels', 'cat, dog', '--name', 'pets']]);

let db: string;
beforeEach(() => {
  db = temporaryFolder();
});
const run = (args: readonly string[], env: Record<string, string> = {}) => cli([...args, '--db', db], { env });

async function expectReaders(name: string): Promise<void> {
  for (const reader of READERS) expect([reader, await run(reader)]).toEqual([reader, expect.objectContaining({ code: 0 })]);
  expect((await run(['search', '--image', PHOTO, '-k', '1'])).stdout).toContain('1.0000'); // an image finds itself with its own model alone
  const [set] = rowsOf<{ encoder: { name: string } }>(await run(['tags', 'list', '--json']));
  expect(set?.encoder.name).toBe(name);
}

describe('without --model', () => {
  test('what reads the index uses its model, whichever it was made with and changed over to', async () => {
    expect((await run(['index', photos, '--model', CLIP_TINY])).code).toBe(0);
    await expectReaders(CLIP_TINY);
    expect((await run(['index', 'migrate', '--model', 'pocket'])).code).toBe(0);
    await expectReaders('pocket');
    expect((await run(['index', 'migrate', '--model', SIGLIP_TINY])).code).toBe(0);
    await expectReaders(SIGLIP_TINY);
  });

  test('the number format is that of the index too, also where the model is named', async () => {
    const half = copyWithout(CLIP_TINY, 'model.safetensors');
    cpSync(`${PARITY}/clip-tiny-variants`, half, { recursive: true });
    const named = ['--model', half, '--logit-scale', '100'];
    expect((await run(['index', photos, ...named, '--dtype', 'fp16'])).code).toBe(0);
    for (const flags of [[], named])
      for (const reader of NEED_MODEL) expect([reader, await run([...reader, ...flags])]).toMatchObject([reader, { code: 0 }]);
    const { code, stderr } = await run(['search', 'a cat', ...named, '--dtype', 'fp32']);
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/These are other files of the same model\. Give --dtype, --precision and --onnx/),
    ]);
  });
});

test('an index that was made from ONNX files is searched with them, though the weights are there too', async () => {
  expect((await run(['index', photos, '--model', CLIP_TINY, '--onnx'])).code).toBe(0);
  await expectReaders(CLIP_TINY);
});

test('the model of a first run that was stopped is known to the next, and another one may take its place', async () => {
  const stop = new AbortController();
  const stopped = cli(['index', photos, '--model', CLIP_TINY, '--db', db], { signal: stop.signal });
  const file = join(db, 'labelwise-index.json');
  while (!existsSync(file)) await new Promise(setImmediate);
  stop.abort();
  await stopped;
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ model: CLIP_TINY, roots: [photos] });
  expect((await run(['index'])).code).toBe(0);
  await expectReaders(CLIP_TINY);
});

test('migrate wants to be told the model: the default is none that anybody asked for', async () => {
  expect((await run(['index', photos, '--model', CLIP_TINY])).code).toBe(0);
  expect(await run(['index', 'migrate'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Expected the model to change over to'),
  });
});

test('a migration that is prepared can be searched while the index uses the model before, and is then switched to without encoding', async () => {
  const search = async (...flags: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await run(['search', 'a cat', '--json', ...flags]);
    return code === 0 ? stdout : stderr;
  };
  expect((await run(['index', photos, '--model', CLIP_TINY])).code).toBe(0);
  const before = await search();
  expect(await search('--next')).toContain('No migration of the index');
  const prepared = await run(['index', 'migrate', '--model', SIGLIP_TINY, '--prepare']);
  expect([prepared.code, prepared.stderr]).toEqual([0, expect.stringContaining('6 images are ready')]);
  const next = await search('--next');
  expect(await search()).toBe(before);
  expect(next).not.toBe(before);
  expect((await run(['index', 'prune', '--keep-minutes', '0'])).code).toBe(0);
  expect(await search('--next')).toBe(next);
  expect((await run(['index', 'migrate', '--model', SIGLIP_TINY])).stderr).toContain('0 encoded, 6 from an earlier run');
  expect(await search()).toBe(next);
  expect(await search('--next')).toBe(next);
  expect((await run(['index', 'migrate', '--model', CLIP_TINY])).stderr).toContain('0 encoded, 6 from an earlier run');
  expect(await search()).toBe(before);
});

test('pruning everything forgets a migration that was prepared', async () => {
  expect((await run(['index', photos, '--model', CLIP_TINY])).code).toBe(0);
  expect((await run(['index', 'migrate', '--model', SIGLIP_TINY, '--prepare'])).code).toBe(0);
  expect((await run(['index', 'prune', '--keep-minutes', '0', '--unfinished'])).code).toBe(0);
  expect((await run(['search', 'a cat', '--next'])).stderr).toContain('No migration of the index');
  expect((await run(['search', 'a cat'])).code).toBe(0);
});

describe('another --model', () => {
  test.each([
    ['the default model by its name', CLIP_TINY, ['--model', 'pocket'], {}],
    ['another one', CLIP_TINY, ['--model', SIGLIP_TINY], {}],
    ['another one, after a migration', SIGLIP_TINY, ['--model', CLIP_TINY], {}],
    ['another one in the environment', CLIP_TINY, [], { LABELWISE_MODEL: SIGLIP_TINY }],
  ])('%s is refused, and what to do is said', async (_name, model, flags, env) => {
    expect((await run(['index', photos, '--model', CLIP_TINY])).code).toBe(0);
    if (model !== CLIP_TINY) expect((await run(['index', 'migrate', '--model', model])).code).toBe(0);
    for (const reader of NEED_MODEL) {
      const { code, stderr } = await run([...reader, ...flags], env);
      expect([reader, code]).toEqual([reader, 5]);
      expect(stderr).toMatch(
        /The images were indexed with \S+-tiny \([0-9a-f]{16}\) and cannot be compared with \S+ [\s\S]*hint: Leave out --model/,
      );
    }
  });
});
