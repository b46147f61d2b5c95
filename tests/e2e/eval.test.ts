import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { type Results, resultsSchema } from 'labelwise/eval';
import { beforeAll, describe, expect, test } from 'vitest';
import { withLock } from '../../dist/files/with-lock.js';
import { cli, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { writeParquet } from '../fixtures/parquet.js';
import { CLIP_TINY, IMAGES, SIGLIP_TINY } from '../fixtures/paths.js';
import { ASTRONAUT, CAT, COFFEE, ROCKET, SVG, write } from '../fixtures/pictures.js';

const root = temporaryFolder();
const PICTURES = [CAT, ASTRONAUT, ROCKET, COFFEE] as const;
const NAMES = ['cat', 'astronaut', 'rocket', 'coffee'];
const run = (...args: string[]) => cli(['eval', ...args, '--model', CLIP_TINY], { cwd: root });
const readResults = (folder: string): Results =>
  resultsSchema.parse(JSON.parse(readFileSync(join(root, folder, 'results.json'), 'utf8'))) as Results;

/** All but what the clock and the machine decide. */
const timeless = ({ variants, ...rest }: Results) => ({
  ...rest,
  variants: variants.map(({ imagesPerSecond: _rate, seconds: _seconds, peakMemoryBytes: _peak, ...variant }) => variant),
});

beforeAll(() => {
  for (const [i, picture] of PICTURES.entries()) {
    mkdirSync(join(root, 'photos', NAMES[i] as string), { recursive: true });
    copyFileSync(picture, join(root, 'photos', NAMES[i] as string, picture.slice(picture.lastIndexOf('/') + 1)));
  }
  const files = readdirSync(IMAGES).filter((file) => /^(?:exif|noise|coffee-q60)/.test(file));
  const images = Array.from({ length: 320 }, (_, i) => readFileSync(`${IMAGES}/${files[i % files.length]}`));
  mkdirSync(join(root, 'many'));
  const content = { labels: images.map((_, i) => i % 4), names: NAMES, rowsInGroup: 50 };
  writeParquet(join(root, 'many/test-00000-of-00002.parquet'), {
    ...content,
    images: images.slice(0, 170),
    labels: content.labels.slice(0, 170),
  });
  writeParquet(join(root, 'many/test-00001-of-00002.parquet'), {
    ...content,
    images: images.slice(170),
    labels: content.labels.slice(170),
  });
});

test('eval prints figures with intervals, and writes a report, results under their schema, and every prediction', async () => {
  const { code, stdout, stderr } = await run('photos', '--report', 'out', '-k', '2');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('report: out/report.html') });
  expect(stdout).toMatch(/^photos: 4 images, 4 labels\n/);
  expect(stdout).toMatch(/top-1 +\d+\.\d % +\d+\.\d to \d+\.\d %/);
  const results = readResults('out');
  expect(results.images).toEqual({ total: 4, measured: 4, failed: 0 });
  expect(results.variants[0]?.measures.topK.map(({ k }) => k)).toEqual([1, 2]);
  const lines = readFileSync(join(root, 'out/predictions.csv'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  const parquet = readFileSync(join(root, 'out/predictions.parquet'));
  const rows = await parquetReadObjects({ file: parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.byteLength) });
  expect(rows.map(({ id, label }) => [id, label])).toEqual(lines.slice(1).map((line) => line.split(',').slice(1, 3)));
  const right = rows.filter(({ rank }) => rank === 1).length;
  expect(results.variants[0]?.measures.topK[0]?.value).toBe(right / 4);
  const page = readFileSync(join(root, 'out/report.html'), 'utf8');
  expect(page).not.toMatch(/<script|https?:\/\/|<link/);
  expect(readFileSync(join(root, 'out/summary.md'), 'utf8')).toContain('| top-1 | top-2 | mean per-class recall |');
});

test('the same command again does nothing anew and gives the same bytes; another one in its folder is refused', async () => {
  const read = (): Buffer[] =>
    ['results.json', 'predictions.csv', 'predictions.parquet', 'report.html'].map((file) => readFileSync(join(root, 'out', file)));
  const before = read();
  expect((await run('photos', '--report', 'out', '-k', '2')).stderr).toContain('all 4 images were done before');
  expect(read()).toEqual(before);
  const refused = await run('photos', '--report', 'out', '-k', '2', '--template', 'art of a {}');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toMatch(/The folder .*out holds another run: prompts/);
  expect((await run('photos', '--report', 'out', '--template', 'art of a {}', '--overwrite')).code).toBe(0);
  expect(readResults('out').variants[0]?.templates).toEqual(['art of a {}']);
});

test('a run with other weights of the same templates is another run', async () => {
  const weigh = (weights: number[]): void =>
    writeFileSync(join(root, 'w.json'), JSON.stringify({ templates: ['a photo of a {}.', 'art of a {}'], weights }));
  const again = (...more: string[]) => run('photos', '--report', 'weighted', '--template-set', 'w.json', ...more);
  weigh([3, 1]);
  expect((await again()).code).toBe(0);
  expect((await again()).stderr).toContain('all 4 images were done before');
  weigh([1, 3]);
  expect(await again()).toMatchObject({ code: 3, stderr: expect.stringContaining('holds another run: template weights') });
  const before = readResults('weighted').variants[0]?.measures.negativeLogLikelihood;
  expect((await again('--overwrite')).code).toBe(0);
  expect(readResults('weighted').variants[0]?.measures.negativeLogLikelihood).not.toEqual(before);
});

test('variants are laid side by side: images embedded once, each tested against the first', async () => {
  const args = ['--compare', '--template-set', 'cifar-18', '--template', 'a photo of a {}.', '--template', '{}'];
  const { code, stdout } = await run('many', ...args, '--limit', '60', '--report', 'compared');
  expect(code).toBe(0);
  expect(stdout).toMatch(/against cifar-18 +top-1 +95 % interval +gained and lost +McNemar p/);
  const { variants, comparisons, images } = readResults('compared');
  expect(variants.map(({ name }) => name)).toEqual(['cifar-18', 'a photo of a {}.', '{}']);
  expect(images.total).toBe(60);
  const changes = readFileSync(join(root, 'compared/changes.csv'), 'utf8').trimEnd().split('\n').slice(1);
  expect(changes).toHaveLength(comparisons.reduce((sum, { changed }) => sum + changed, 0));
  for (const [i, { difference, onlyFirst, onlySecond, bothRight, bothWrong, changed }] of comparisons.entries()) {
    const top1 = (n: number): number => variants[n]?.measures.topK[0]?.value as number;
    expect(difference.value).toBeCloseTo(top1(i + 1) - top1(0), 12);
    expect([onlyFirst + onlySecond, onlyFirst + onlySecond + bothRight + bothWrong]).toEqual([changed, 60]);
  }
  const alone = await run('many', '--template', 'a photo of a {}.', '--limit', '60', '--json');
  expect((JSON.parse(alone.stdout) as Results).variants[0]?.measures).toEqual(variants[1]?.measures);
});

test('models are compared too, and CLIP_benchmark gets its field names', async () => {
  const { stdout } = await run('photos', '--compare', '--model', SIGLIP_TINY, '--clip-benchmark');
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual({
    dataset: 'photos',
    model: expect.any(String),
    pretrained: expect.stringMatching(/^[0-9a-f]+$/),
    task: 'zeroshot_classification',
    metrics: { acc1: expect.any(Number), mean_per_class_recall: expect.any(Number) },
    language: 'en',
  });
});

test('bad images are counted rows, the rest is measured, and the exit code says so', async () => {
  writeParquet(join(root, 'bad.parquet'), {
    images: [readFileSync(CAT), null, Buffer.from('no image'), readFileSync(ROCKET)],
    labels: [0, 1, 2, 7],
    names: NAMES,
  });
  const { code, stderr } = await run('bad.parquet', '--report', 'bad-out');
  expect(code).toBe(3);
  expect(stderr).toContain('3 of 4 images could not be used');
  const { images, failures } = readResults('bad-out');
  expect(images).toEqual({ total: 4, measured: 1, failed: 3 });
  expect(failures.map((failure) => failure.code)).toEqual(['EXAMPLE_INVALID', 'IMAGE_UNSUPPORTED', 'EXAMPLE_INVALID']);
});

test('the pictures of a report obey the limits of the run', async () => {
  for (const name of ['cat', 'dog']) {
    mkdirSync(join(root, 'drawn', name), { recursive: true });
    write(join(root, 'drawn', name), '1.png', SVG);
  }
  expect((await run('drawn', '--allow-svg', '--report', 'drawn-out')).code).toBe(0);
  expect(readFileSync(join(root, 'drawn-out/report.html'), 'utf8').includes('src="data:image/')).toBe(true);
});

test('several labels an image are measured by mean average precision', async () => {
  const rows = [`${CAT},cat;animal`, `${ROCKET},rocket`, `${ASTRONAUT},person;rocket`, `${COFFEE},`];
  write(root, 'several.csv', `path,labels\n${rows.join('\n')}\n`);
  const { code, stdout } = await run('several.csv', '--json');
  expect(code).toBe(0);
  const { variants, settings, data } = JSON.parse(stdout) as Results;
  expect([data.isMultiLabel, settings.scoring]).toEqual([true, 'sigmoid']);
  const precisions = variants[0]?.perClass.map(({ averagePrecision }) => averagePrecision as number) ?? [];
  expect(variants[0]?.measures.meanAveragePrecision?.value).toBeCloseTo(precisions.reduce((a, b) => a + b, 0) / 4, 12);
});

test('prompts are compared on several labels an image too, and changed images come with all their labels', async () => {
  const rows = [`${CAT},cat;animal`, `${ROCKET},rocket;animal`, `${ASTRONAUT},person;rocket`, `${COFFEE},`];
  write(root, 'compared.csv', `path,labels\n${rows.join('\n')}\n`);
  const templates = ['--template', '{}', '--template', 'not a {}, but an animal', '--compare'];
  const { code, stdout } = await run('compared.csv', ...templates, '--report', 'compared-out');
  expect(code).toBe(0);
  expect(stdout).toMatch(/against .*mean average precision +95 % interval/);
  const { comparisons, variants } = readResults('compared-out');
  const [difference] = comparisons.map((comparison) => comparison.difference.value);
  const precisions = variants.map(({ measures }) => measures.meanAveragePrecision?.value as number) as [number, number];
  expect(difference).toBeCloseTo(precisions[1] - precisions[0], 12);
  const { bothRight, onlyFirst, onlySecond, bothWrong, changed } = comparisons[0] as (typeof comparisons)[number];
  expect([bothRight + onlyFirst + onlySecond + bothWrong, changed]).toEqual([3, onlyFirst + onlySecond]);
  expect(changed).toBeGreaterThan(0);
  expect(readFileSync(join(root, 'compared-out/changes.csv'), 'utf8')).toMatch(
    /"(?:cat, animal|animal, cat|rocket, animal|animal, rocket|person, rocket|rocket, person)"/,
  );
  expect(readFileSync(join(root, 'compared-out/report.html'), 'utf8')).toContain('Mean average precision changes by');
});

test('names of a label set that the data spells by its prompt name are found; what a label says cannot break the page', async () => {
  const labels = ['crab', '<img src=x onerror=alert(1)>'];
  for (const label of labels) {
    mkdirSync(join(root, 'odd', label), { recursive: true });
    copyFileSync(CAT, join(root, 'odd', label, 'a.png'));
  }
  write(root, 'odd.json', JSON.stringify({ labels: [{ label: 'cra', promptName: 'crab' }, labels[1], 'dog'] }));
  const { code } = await run('odd', '--labels-file', 'odd.json', '--report', 'odd-out');
  expect(code).toBe(0);
  expect(readResults('odd-out').variants[0]?.perClass.map(({ images }) => images)).toEqual([1, 1, 0]);
  expect(readFileSync(join(root, 'odd-out/report.html'), 'utf8')).not.toContain('<img src=x');
});

describe('what cannot be measured says why', () => {
  beforeAll(() => {
    const content = { images: [readFileSync(CAT)], labels: [0], names: NAMES };
    for (const name of ['cut', 'none']) mkdirSync(join(root, name));
    writeParquet(join(root, 'cut/test.parquet'), content);
    truncateSync(join(root, 'cut/test.parquet'), 1000);
    writeParquet(join(root, 'none/test.parquet'), { images: [], labels: [], names: NAMES });
    writeParquet(join(root, 'range.parquet'), { ...content, labels: [9] });
    writeParquet(join(root, 'imageless.parquet'), { labels: [1], names: NAMES });
    write(root, 'file', SVG);
  });

  test.each([
    [['cut'], 3, 'test.parquet'],
    [['many', '--split', 'train'], 3, 'many has no split "train". There is test.'],
    [['imageless.parquet'], 3, 'no column'],
    [['many', '--image-column', 'picture'], 3, 'no column "picture"'],
    [['none'], 3, '0 rows'],
    [['range.parquet'], 3, 'None of the images could be used. The first:'],
    [
      ['many', '--labels', 'cat, dog'],
      3,
      '3 of the 4 labels of many (column label) are not among the 2 labels given: astronaut, rocket, coffee',
    ],
    [['photos', '--compare'], 2, 'Expected several variants to compare, got one.'],
    [['photos', '--template-set', 'default', '--template-set', 'single'], 2, 'Use --compare'],
    [['photos', '--limit', '0'], 2, 'Expected --limit to be a whole number from 1 to 2147483647, got "0".'],
    [['photos', '--json', '--clip-benchmark'], 2, 'Expected one of --json and --clip-benchmark'],
    [['photos', '--report', 'file/below'], 3, 'cannot be written'],
  ])('eval %j ends with %i', async (args, code, message) => {
    const result = await run(...args);
    expect([result.code, result.stdout]).toEqual([code, '']);
    expect(result.stderr).toContain(message);
  });
});

test('--limit on a data set that is sorted by label says what it misses', async () => {
  const sorted = temporaryFolder();
  for (const name of NAMES) {
    mkdirSync(join(sorted, name));
    for (let i = 0; i < 3; i++) copyFileSync(CAT, join(sorted, name, `${i}.jpg`));
  }
  const warning = 'the first 3 images show only 1 of the 4 labels';
  expect((await run(sorted, '--limit', '3')).stderr).toContain(warning);
  expect((await run(sorted)).stderr).not.toContain('show only');
  expect((await run('many', '--limit', '4')).stderr).not.toContain('show only');
});

describe('the folder of a report', () => {
  test.each([
    ['results.json', '{"accuracy": 0.9}'],
    ['results.json', 'mine'],
    ['summary.md', '# mine'],
  ])('in which %s is of others (%s) is left as it is', async (name, content) => {
    const folder = temporaryFolder();
    write(folder, name, content);
    for (const flags of [[], ['--overwrite']]) {
      const { code, stderr } = await run('photos', '--report', folder, ...flags);
      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(/was not written by labelwise, and would be overwritten\.\nhint: Choose another/),
      ]);
    }
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), 'utf8')).toBe(content);
  });

  test('takes the next run where results.json is ours, though the batches were removed', async () => {
    const folder = temporaryFolder();
    expect((await run('photos', '--report', folder)).code).toBe(0);
    rmSync(join(folder, '.runs'), { recursive: true });
    expect((await run('photos', '--report', folder, '--template', 'art of a {}')).code).toBe(0);
  });

  test.each([300, 0])('takes no results.json that was cut to %i bytes, and --overwrite replaces it', async (bytes) => {
    const folder = temporaryFolder();
    expect((await run('photos', '--report', folder)).code).toBe(0);
    truncateSync(join(folder, 'results.json'), bytes);
    expect(await run('photos', '--report', folder)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/results\.json is cut short, and would be overwritten\.\nhint: Use --overwrite to replace it/),
    });
    expect((await run('photos', '--report', folder, '--overwrite')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'))).toMatchObject({ schemaVersion: 1 });
  });

  test('is held by one run at a time', async () => {
    const folder = temporaryFolder();
    const refused = await withLock(join(folder, '.runs'), () => run('photos', '--report', folder));
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toMatch(
      /^waiting for another evaluation into \S+\nerror: Another labelwise is evaluating into \S+\.\nhint: Wait/,
    );
    expect((await run('photos', '--report', folder)).code).toBe(0);
  }, 30_000);
});

describe.skipIf(process.platform === 'win32')('a run that is broken off', () => {
  const ARGS = ['eval', 'many', '--model', CLIP_TINY, '--json', '--no-cache']; // kept embeddings would be too fast to be stopped
  const logOf = (folder: string): string => join(root, folder, '.runs/1.ndjson');
  const doneIn = (folder: string): number =>
    (existsSync(logOf(folder)) ? readFileSync(logOf(folder), 'utf8').split('\n').length - 2 : 0) * 8;

  /** Stops the program once so many images are in its log. */
  async function stopAt(folder: string, images: number, signal: 'SIGKILL' | 'SIGINT') {
    return spawnCli([...ARGS, '--report', folder], {
      cwd: root,
      meanwhile: (child) => {
        const timer = setInterval(() => {
          if (doneIn(folder) < images) return;
          clearInterval(timer); // a second Ctrl-C would stop it at once
          child.kill(signal);
        }, 5);
        child.on('close', () => clearInterval(timer));
      },
    });
  }

  test('by kill -9 twice and Ctrl-C once loses a batch at most, and ends as an unbroken one, bit for bit', async () => {
    await run('many', '--report', 'unbroken', '--no-cache');
    for (const [i, images] of [64, 160].entries()) {
      const before = doneIn('broken');
      expect((await stopAt('broken', images, 'SIGKILL')).code).toBeNull();
      expect(doneIn('broken')).toBeGreaterThanOrEqual(Math.max(before, images));
      expect(doneIn('broken')).toBeLessThan(320);
      if (i === 0) writeFileSync(logOf('broken'), '{"from":64,"rows":[{"id":"te', { flag: 'a' }); // a torn line, as a kill may leave it
    }
    const stopped = await stopAt('broken', 240, 'SIGINT');
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(/Stopped after \d+ of 320 images\.\nhint: The same command resumes from there\./);
    const { code, stderr } = await run('many', '--report', 'broken', '--no-cache');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^\d+ of 320 images were done before; the rest follows\n/)]);
    expect(timeless(readResults('broken'))).toEqual(timeless(readResults('unbroken')));
    for (const file of ['predictions.csv', 'predictions.parquet'])
      expect(readFileSync(join(root, 'broken', file)).equals(readFileSync(join(root, 'unbroken', file)))).toBe(true);
  });

  test('without --report goes on too, and leaves nothing when it is done', async () => {
    const evaluations = join(process.env.LABELWISE_HOME as string, 'evaluations');
    const [before] = [existsSync(evaluations) ? readdirSync(evaluations).length : 0];
    const stop = new AbortController();
    const stopped = cli([...ARGS], { cwd: root, signal: stop.signal });
    stop.abort();
    expect((await stopped).code).toBe(130);
    expect((await cli([...ARGS], { cwd: root })).code).toBe(0);
    expect(readdirSync(evaluations).length).toBe(before);
  });
});

test('docs/reference/results.schema.json describes results.json', async () => {
  const { resultsJsonSchema } = await import('labelwise/eval');
  const page = JSON.parse(readFileSync(new URL('../../docs/reference/results.schema.json', import.meta.url), 'utf8'));
  expect(page).toEqual(JSON.parse(JSON.stringify(resultsJsonSchema())));
});
