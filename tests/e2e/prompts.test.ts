import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadTemplateSet } from '../../dist/index.js';
import { classify, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { CAT, COFFEE, ROCKET } from '../fixtures/pictures.js';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const run = (...args: string[]) => cli(args, { cwd: folder });
const TEMPLATES = ['-t', 'a photo of {a} {}.', '-t', 'a wooden statue of {a} {}.'];

beforeAll(() => {
  folder = temporaryFolder();
  for (const [name, picture] of [
    ['cat', CAT],
    ['espresso', COFFEE],
    ['rocket', ROCKET],
  ] as const) {
    mkdirSync(at('data', name), { recursive: true });
    for (const copy of ['0', '1']) copyFileSync(picture, at('data', name, `${copy}.jpg`));
  }
});

describe('labelwise prompts tune', () => {
  test('without labels, weighs templates and writes a template set that classify takes', async () => {
    const { code, stdout, stderr } = await run(
      'prompts',
      'tune',
      'data',
      '--labels',
      'cat, espresso, rocket',
      ...TEMPLATES,
      '--save',
      'mine.json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'saved mine.json: use it with --template-set mine.json\n' });
    expect(stdout).toMatch(/^weight {2}template\n *[\d.]+ % {2}a /);
    const file = JSON.parse(readFileSync(at('mine.json'), 'utf8'));
    expect(file.templates).toHaveLength(2);
    expect(file.weights[0] + file.weights[1]).toBeCloseTo(1, 3);
    expect(file.source).toContain('6 images, 3 labels');
    const labels = ['--labels', 'cat, rocket'];
    const tuned = await cli(['classify', CAT, ...labels, '--template-set', 'mine.json', '--json'], { cwd: folder });
    expect(tuned.code).toBe(0);
    writeFileSync(at('equal.json'), JSON.stringify({ ...file, weights: [3, 3] }));
    const equal = await classify([CAT], ...labels, '--template-set', at('equal.json'));
    expect(equal).toEqual(await classify([CAT], ...labels, ...file.templates.flatMap((text: string) => ['-t', text])));
    expect(JSON.parse(tuned.stdout)).not.toEqual(equal);
    writeFileSync(at('one.json'), JSON.stringify({ ...file, weights: [1, 0] }));
    const one = await classify([CAT], ...labels, '--template-set', at('one.json'));
    const alone = await classify([CAT], ...labels, '-t', file.templates[0]);
    for (const [i, { similarity }] of (one[0]?.predictions ?? []).entries())
      expect(similarity).toBeCloseTo(alone[0]?.predictions[i]?.similarity as number, 5);
  });

  test('weights that were tuned for another model or other labels are named', async () => {
    const three = ['--labels', 'cat, espresso, rocket'];
    expect(await run('prompts', 'tune', 'data', ...three, ...TEMPLATES, '--save', 'three.json')).toMatchObject({ code: 0 });
    const warned = async (...args: string[]) => {
      const { code, stderr } = await run(...args, '--template-set', 'three.json');
      return { code, stderr };
    };
    expect(await warned('classify', CAT, ...three)).toEqual({ code: 0, stderr: '' });
    expect((await warned('classify', CAT, '--labels', 'cat, rocket')).stderr).toContain('were tuned for other labels');
    const other = expect.stringMatching(/were tuned for pocket \(\w+\), and this is .*clip-tiny/);
    expect(await warned('classify', CAT, ...three, '--model', CLIP_TINY)).toEqual({ code: 0, stderr: other });
    expect(await run('index', 'data', '--db', 'db', '--model', CLIP_TINY)).toMatchObject({ code: 0 });
    expect(await warned('search', 'a cat', '--db', 'db')).toEqual({ code: 0, stderr: other });
  });

  test('with labels, says how accuracy changes on images that did not choose the weights', async () => {
    const { code, stdout } = await run('prompts', 'tune', 'data', '--with-labels', ...TEMPLATES);
    expect(code).toBe(0);
    expect(stdout).toMatch(/accuracy with equal weights [\d.]+ % -> [\d.]+ % on 6 images, each half with the weights of the other\n$/);
    const { stdout: json } = await run('prompts', 'tune', 'data', '--with-labels', ...TEMPLATES, '--json');
    expect(JSON.parse(json)).toMatchObject({
      images: 6,
      failed: 0,
      measured: { before: 6 },
      weights: [expect.any(Number), expect.any(Number)],
    });
  });

  test.each([
    [['data', ...TEMPLATES], 2, 'Expected labels from one of --labels'],
    [['data', '--labels', 'cat, rocket', '-t', 'a {}'], 2, 'Expected two or more templates'],
    [['data', '--labels', 'cat, rocket', ...TEMPLATES, '--save', 'x.txt'], 2, 'Expected --save to name a .json file'],
    [['nothing', '--labels', 'cat, rocket', ...TEMPLATES], 3, 'None of the images could be used'],
  ])('prompts tune %j is refused', async (args, code, message) => {
    const result = await run('prompts', 'tune', ...args);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
  });
});

test('a template set file that cannot be used is refused with the reason', async () => {
  for (const [content, message] of [
    ['{', 'cannot be read'],
    ['{"templates":[]}', 'is not a template set'],
    ['{"templates":["a {}"],"weigths":[1]}', 'Unrecognized key: "weigths"'],
    ['{"templates":["a {}"],"weights":[1,2]}', 'expected a weight for each template'],
    ['{"templates":["a {}"],"weights":[0]}', 'expected a weight for each template, and one above 0'],
    ['{"templates":["a"]}', 'Expected a template with exactly one {}'],
  ] as const) {
    writeFileSync(at('bad.json'), content);
    await expect(loadTemplateSet(at('bad.json'))).rejects.toMatchObject({
      code: 'TEMPLATE_INVALID',
      message: expect.stringContaining(message),
    });
  }
  expect((await run('classify', CAT, '--labels', 'cat, dog', '--template-set', 'gone.json')).stderr).toContain('gone.json cannot be read');
});

test('prompts check names labels with several meanings, unless a prompt name says which', async () => {
  const { code, stdout, stderr } = await run('prompts', 'check', '--labels', 'Crane, cat');
  expect({ code, stdout }).toEqual({ code: 0, stdout: '"Crane" has two meanings: "crane (bird)" or "crane (lifting device)"\n' });
  expect(stderr).toContain('in a labels file');
  writeFileSync(at('labels.txt'), 'crane\tcrane (bird)\ncat\n');
  expect((await run('prompts', 'check', '--labels-file', 'labels.txt')).stderr).toBe('no label of 2 is known to mean several things\n');
});
