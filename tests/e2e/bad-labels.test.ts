import { describe, expect, test } from 'vitest';
import { classify, cli, rowsOf } from '../fixtures/cli.js';
import { copyWithout, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { CAT, write } from '../fixtures/pictures.js';

const labelsOf = async (...flags: string[]): Promise<string[]> =>
  (await classify([CAT], ...flags))[0]?.predictions.map((p) => p.label) ?? [];

describe('labels and templates that cannot be used are refused before the model is run', () => {
  test.each([
    ['no labels', ['--labels', ''], /Expected at least one label, got none/],
    ['a file of comments alone', ['--labels-file', write(temporaryFolder(), 'none.txt', '# nothing\n')], /Expected at least one label/],
    ['an empty file', ['--labels-file', write(temporaryFolder(), 'empty.txt', '')], /Expected at least one label/],
    ['one label', ['--labels', 'cat'], /Expected at least two labels, got one \("cat"\): alone it is always 100 %/],
    ['duplicate labels', ['--labels', 'cat, dog, cat'], /Expected unique labels, got "cat" at entry 1 and again at entry 3/],
    ['labels that differ in spaces or Unicode form alone', ['--labels', 'cafe\u0301,  café'], /Expected unique labels/],
    ['a blank label', ['--labels', 'cat,, dog'], /Expected a label at entry 2, got a blank/],
    ['a comma too many at the end', ['--labels', 'cat, dog,'], /Expected a label at entry 3, got a blank/],
    ['a template without {}', ['--labels', 'cat, dog', '--template', 'a photo'], /exactly one \{\}, got 0 in "a photo"/],
    ['a template with two {}', ['--labels', 'cat, dog', '--template', '{} and {}'], /exactly one \{\}, got 2/],
    ['an empty template', ['--labels', 'cat, dog', '--template', ''], /exactly one \{\}, got 0/],
  ])('%s', async (_name, flags, message) => {
    const { code, stdout, stderr } = await cli(['classify', CAT, ...flags, '--json']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^hint: \S/m);
  });

  test('one label has a meaning with --multi-label', async () => {
    expect(await labelsOf('--labels', 'cat', '--multi-label')).toEqual(['cat']);
  });
});

describe('unusual labels work, and are reported as they are', () => {
  test('10,000 labels are ranked, and kept for the next run', async () => {
    const file = write(temporaryFolder(), 'many.txt', Array.from({ length: 10_000 }, (_, i) => `thing ${i}`).join('\n'));
    const flags = ['--labels-file', file, '--model', copyWithout(CLIP_TINY), '--db', temporaryFolder(), '--top-k', '10000'];
    const first = await cli(['classify', CAT, ...flags, '--json']);
    const [row] = rowsOf(first);
    expect(new Set(row?.predictions.map((p) => p.label)).size).toBe(10_000);
    expect(row?.predictions.reduce((sum, p) => sum + p.probability, 0)).toBeCloseTo(1, 4);
    expect((await cli(['classify', CAT, ...flags, '--json'])).stdout).toBe(first.stdout);
  });

  test('a label of 1,000 characters works, and the prompt that was cut is told on stderr', async () => {
    const label = 'cat '.repeat(250).trim();
    const result = await cli(['classify', CAT, '--labels', `${label}, dog`, '--model', CLIP_TINY, '--json']);
    expect(result.code).toBe(0);
    expect(rowsOf(result)[0]?.predictions.map((p) => p.label)).toContain(label);
    expect(result.stderr).toMatch(
      /^warning: 1 of 2 prompts are longer than the 77 tokens that the model takes, and were cut: the first is "/,
    );
    const shown = await cli(['classify', CAT, '--labels', `${label}, dog`, '--model', CLIP_TINY]);
    expect(shown.stdout).toContain(`${label.slice(0, 45)}...`);
    expect(shown.stderr).toContain('were cut'); // the cache does not swallow it
  });

  test.each([
    [['🐱', '🐶', '👩‍👩‍👧‍👦']],
    [['$&', '$1', "$'"]],
    [['{}', '{label}', '{a}']],
    [['猫', 'собака', 'قطة']],
    [['<b>', '"quoted', "it's"]],
    [['constructor', '__proto__', 'toString']],
    [['\\n', '%s', '\x24{x}']],
  ])('%j', async (labels) => {
    const file = write(temporaryFolder(), 'labels.txt', labels.join('\n'));
    expect((await labelsOf('--labels-file', file)).toSorted()).toEqual(labels.toSorted());
    expect((await labelsOf('--labels-file', file)).toSorted()).toEqual(labels.toSorted()); // from the label table
  });

  test('$& goes into the prompt as it is', async () => {
    const { stdout } = await cli(['classify', CAT, '--labels', '$&, dog', '--template', 'a photo of a {}', '--explain']);
    expect(stdout).toContain('"a photo of a $&"');
  });

  test('columns line up beside wide characters', async () => {
    const { stdout } = await cli(['classify', CAT, '--labels', '猫猫, 🐶, dog', '--model', CLIP_TINY]);
    const rows = stdout.split('\n').slice(2, 5);
    const cells = rows.map((row) => row.slice(0, row.search(/ -?\d\.\d{4}/)));
    const widths = cells.map((cell) => [...cell].reduce((sum, c) => sum + ((c.codePointAt(0) as number) > 0x2e80 ? 2 : 1), 0));
    const signs = rows.map((row) => (/ -\d\.\d{4}/.test(row.slice(0, 40)) ? 1 : 0));
    expect(new Set(widths.map((width, i) => width + (signs[i] as number))).size).toBe(1);
  });
});
