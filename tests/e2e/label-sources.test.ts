import { beforeAll, describe, expect, test } from 'vitest';
import { classify, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CAT, write } from '../fixtures/pictures.js';

const labelsOf = async (...flags: string[]): Promise<string[]> =>
  (await classify([CAT], ...flags))[0]?.predictions.map((p) => p.label) ?? [];
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});

describe('labels come from a flag, a file or a set', () => {
  test('--label-set cifar100 has 100 labels', async () => {
    const labels = await labelsOf('--label-set', 'cifar100', '--top-k', '200');
    expect(new Set(labels).size).toBe(100);
    expect(labels).toContain('aquarium_fish');
  });

  test('an unknown label set is refused with the names that there are', async () => {
    const { code, stderr } = await cli(['classify', CAT, '--label-set', 'cifar11']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no label set "cifar11"[\s\S]*cifar10, cifar100, cifar100-coarse, [\s\S]*imagenet-1k/);
  });

  test('--labels-file takes a label a line, with comments, a byte order mark and Windows line ends', async () => {
    const file = write(folder, 'labels.txt', '\uFEFF# animals\r\ncat\r\ndog\r\n# and a bear\r\nred panda\r\n\r\n');
    expect((await labelsOf('--labels-file', file)).toSorted()).toEqual(['cat', 'dog', 'red panda']);
  });

  test('--labels-file: after a tab stands what is said in prompts; the label itself is reported', async () => {
    const file = write(folder, 'codes.txt', 'n01\tcat\nn02\tdog\tpuppy\nn03\tteapot\n');
    const { stderr, stdout } = await cli(['classify', CAT, '--labels-file', file, '--template', 'my {}', '--explain', '--json']);
    expect(JSON.parse(stdout)[0].predictions[0].label).toBe('n01');
    expect(stderr).toContain('"my cat"');
    expect(stderr).toContain('"my puppy"');
    expect(stderr).not.toContain('"my n01"');
  });

  test('--labels-file is found from the working folder, and may be JSON', async () => {
    write(folder, 'labels.json', `\uFEFF${JSON.stringify({ labels: ['dog', { label: 'felis catus', promptName: 'cat' }] })}`);
    const { stdout } = await cli(['classify', CAT, '--labels-file', 'labels.json', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)[0].predictions[0].label).toBe('felis catus');
  });

  test.each([
    ['a file that is not there', undefined, /nowhere\.txt cannot be read/],
    ['a file that is not UTF-8', Buffer.from('caf\xe9\ncat\n', 'latin1'), /Expected labels as UTF-8/],
    ['a blank line in the middle', 'cat\n\ndog\n', /Expected a label at line 2, got a blank/],
    ['a duplicate', '# comment\ncat\ndog\ncat\n', /"cat" at line 2 and again at line 4/],
  ])('--labels-file: %s is refused with its place', async (_name, content, message) => {
    const file = content === undefined ? `${folder}/nowhere.txt` : write(folder, 'bad.txt', content);
    const { code, stderr, stdout } = await cli(['classify', CAT, '--labels-file', file]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('--labels-file: JSON of another shape is refused with the shape that is expected', async () => {
    const { code, stderr } = await cli(['classify', CAT, '--labels-file', write(folder, 'bad.json', '["cat", 3]')]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/is not a label set in JSON[\s\S]*hint: Expected \{ "labels":/);
  });

  test.each([
    [['--labels', 'cat, dog', '--label-set', 'cifar10']],
    [['--labels', 'cat, dog', '--labels-file', 'x.txt']],
    [['--labels', 'cat, dog', '--table', 'pets']],
    [['--template', 'my {}', '--table', 'pets']],
    [[]],
  ])('labels from %j is a usage error', async (flags) => {
    const { code, stdout, stderr } = await cli(['classify', CAT, ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: Expected (?:labels from one of|--table alone)/);
  });
});

describe('prompts come from templates', () => {
  const explain = async (...flags: string[]): Promise<string> =>
    (await cli(['classify', CAT, '--labels', 'cat, apple', ...flags, '--explain', '--json'])).stderr;

  test('--template may be repeated: a class embedding is the mean over all prompts', async () => {
    const text = await explain('--template', 'a sketch of {a} {}', '--template', 'my {label}!');
    expect(text).toContain('2 templates: "a sketch of {a} {}", "my {label}!"');
    expect(text).toContain('"my cat!"');
    expect(text).toContain('"a sketch of an apple"');
    expect(text).toContain('mean over 2 prompts a label');
  });

  test('--template-set imagenet-7 has seven prompts a label', async () => {
    expect(await explain('--template-set', 'imagenet-7')).toContain('mean over 7 prompts a label');
  });

  test('other templates give other similarities', async () => {
    const [one] = await classify([CAT], '--labels', 'cat, dog', '--template', 'a photo of a {}.');
    const [two] = await classify([CAT], '--labels', 'cat, dog', '--template', 'graffiti of a {}.');
    expect(one?.predictions[0]?.similarity).not.toBe(two?.predictions[0]?.similarity);
  });

  test('an unknown template set is refused with the names that there are', async () => {
    const { code, stderr } = await cli(['classify', CAT, '--labels', 'cat, dog', '--template-set', 'imagenet-8']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no template set "imagenet-8"[\s\S]*imagenet-7/);
  });
});
