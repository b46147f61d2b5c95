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

  test('--labels-file - reads stdin, as text or JSON', async () => {
    for (const stdin of ['cat\ndog\n', '["cat", "dog"]', '{ "labels": ["cat", "dog"] }']) {
      const { code, stdout, stderr } = await cli(['classify', CAT, '--labels-file', '-', '--json'], { stdin });
      expect([code, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)[0].predictions.map((one: { label: string }) => one.label)).toEqual(['cat', 'dog']);
    }
    const empty = await cli(['classify', CAT, '--labels-file', '-'], { stdin: '' });
    expect([empty.code, empty.stderr]).toEqual([3, expect.stringContaining('stdin: Expected')]);
    const both = await cli(['classify', CAT, '-', '--labels-file', '-'], { stdin: 'cat\ndog\n' });
    expect([both.code, both.stdout, both.stderr]).toEqual([2, '', expect.stringContaining('Expected stdin once')]);
  });

  test('a text file that holds JSON is read as JSON, not line by line', async () => {
    const file = write(folder, 'json.txt', '[\n  "cat",\n  "dog"\n]\n');
    expect((await labelsOf('--labels-file', file)).toSorted()).toEqual(['cat', 'dog']);
  });

  test('--labels-file: JSON of another shape is refused with the shape that is expected', async () => {
    const { code, stderr } = await cli(['classify', CAT, '--labels-file', write(folder, 'bad.json', '["cat", 3]')]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/Expected a label set in JSON[\s\S]*hint: Expected \{ "labels":/);
  });

  test.each([
    ['an unknown field', 'a.json', '{"labels":["cat","dog"],"lables":[]}', 'the fields labels and source, got "lables".'],
    [
      'an unknown field of a label',
      'b.JSON',
      '["cat",{"label":"cra","prompt_name":"crab"}]',
      'promptName, synonyms, parent at entry 2, got "prompt_name".',
    ],
    ['a number', 'c.json', '{"labels":["cat",3]}', 'a text or an object at entry 2, got 3.'],
    ['no list', 'd.json', '{"labels":{"0":"cat"}}', 'a list in the field "labels", got {"0":"cat"}.'],
    ['an object without a label', 'e.json', '[{"name":"cat"}]', 'got "name".'],
    [
      'a synonym that is no list',
      'f.json',
      '[{"label":"cat","synonyms":"kitty"}]',
      'a list of texts in "synonyms" at entry 1, got "kitty".',
    ],
    ['JSON cut short', 'g.json', '{"labels":["cat"', 'Expected a label set in JSON'],
    ['UTF-16 without a byte order mark', 'h.txt', Buffer.from('cat\ndog\n', 'utf16le'), 'line 1 has a byte of 0, as UTF-16 has'],
    ['a table without a head', 'i.csv', 'cat,feline\ndog,canine\n', 'the column label, and optionally promptName, got cat, feline.'],
    ['a column that is not known', 'j.csv', 'label,colour\ncat,red\n', 'got label, colour.'],
    ['a row of too many cells', 'k.csv', 'label\ncat\ndog, brown\n', 'Line 3 has 2 cells where the header has 1.'],
    ['a duplicate in a table', 'l.csv', 'label\ncat\ncat\n', '"cat" at line 2 and again at line 3'],
  ])('--labels-file: %s is refused with its place', async (_name, file, content, message) => {
    const path = write(folder, file, content);
    const { code, stderr, stdout } = await cli(['classify', CAT, '--labels-file', path]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(`error: ${path}: `);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^hint: \S/m);
  });

  test.each([
    ['list.JSON', '["cat", {"label": "dog"}]'],
    ['table.csv', '\uFEFFlabel,promptName\r\ncat,"a cat, asleep"\r\ndog,\r\n'],
    ['unicode.txt', Buffer.from('\uFEFFcat\r\ndog\r\n', 'utf16le')],
  ])('--labels-file: %s is read as what it is', async (file, content) => {
    expect((await labelsOf('--labels-file', write(folder, file, content))).toSorted()).toEqual(['cat', 'dog']);
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
