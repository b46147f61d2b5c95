import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from 'labelwise/datasets';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES } from '../fixtures/paths.js';
import { putFile } from '../fixtures/photo-folder.js';

const folder = temporaryFolder();
const photos = join(folder, 'cat');
const env = { LABELWISE_HOME: join(folder, 'home'), LABELWISE_MODEL: CLIP_TINY };
const run = (args: readonly string[], more = {}) => cli(args, { cwd: folder, env: { ...env, ...more } });

beforeAll(async () => {
  mkdirSync(photos);
  for (const name of ['chelsea.png', 'coffee.png']) putFile(join(photos, name), readFileSync(join(IMAGES, name)));
  expect(await run(['index', 'cat', '--quiet'])).toMatchObject({ code: 0 });
  expect(await run(['tag', '--labels', 'cat,cup', '--name', 'two', '--one-label'])).toMatchObject({ code: 0 });
});

describe('an option that a command would not read is refused', () => {
  test.each([
    ['search tag:cat --relevant', 'Expected words or an image beside --relevant'],
    ['search --sort date --min-similarity 0.9', 'Expected words or an image beside --min-similarity'],
    ['search tag:cat --plain', 'Expected words beside --plain'],
    ['search --image cat/coffee.png --template {}', 'Expected words beside --template'],
    ['search --like cat/coffee.png --template-set single', 'Expected words beside --template-set'],
    ['search cat --plain --template {}', 'Expected one of --plain and --template'],
    ['index cat --shard-images 8', 'Expected --queue beside --shard-images'],
    ['index cat --forget --watch', 'Expected --forget without --watch'],
    ['index cat --forget --exclude *.png', 'Expected --forget without --exclude'],
    ['index cat --forget --json', 'Expected --forget without --json'],
    ['index status --failed --left-out', 'Expected one of --failed and --left-out'],
    ['export --csv --sidecars photo.xmp', 'Expected --sidecars with --xmp'],
    ['serve --write', 'Expected --new-key beside --write'],
    ['serve --isolate-memory 600', 'Expected --isolate beside --isolate-memory'],
    ['eval . --overwrite', 'Expected --report beside --overwrite'],
    ['eval . --labels-by order', 'Expected labels beside --labels-by'],
    ['eval . --revision v2', 'Expected no --revision'],
    ['eval . --config plain', 'Expected no --config'],
    ['eval . --label-column kind', 'Expected no --label-column'],
    ['datasets show . --image-column picture', 'Expected no --image-column'],
  ])('%s', async (line, message) => {
    const { code, stdout, stderr } = await run(line.split(' '));
    expect([code === 0, stdout, stderr]).toEqual([false, '', expect.stringContaining(message)]);
  });

  test('the images of the index are still there', async () => {
    const { stdout } = await run(['index', 'status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([{ files: 2 }]);
  });

  test('in the library too', async () => {
    await expect(openDataset(folder, { revision: 'v2' })).rejects.toMatchObject({ code: 'DATASET_INVALID' });
    await expect(openDataset(folder, { labelsBy: 'order' })).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  });
});

test('templates of the settings are for words: a search without any, or with plain ones, takes none of them', async () => {
  const found = async (line: string, more = {}) => {
    const { code, stdout } = await run([...line.split(' '), '--json'], more);
    expect(code).toBe(0);
    return JSON.parse(stdout);
  };
  const settings = { LABELWISE_TEMPLATE: 'a drawing of {}' };
  expect(await found('search tag:cat', settings)).toEqual(await found('search tag:cat'));
  expect(await found('search --image cat/coffee.png', settings)).toEqual(await found('search --image cat/coffee.png'));
  expect(await found('search cat --plain', settings)).toEqual(await found('search cat --plain'));
  expect(await found('search cat', settings)).not.toEqual(await found('search cat'));
});
