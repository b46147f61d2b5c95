import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDelimited } from './manifest/parse-delimited.js';
import { createGlob } from './repo/glob.js';
import { chooseSplit, readLayout } from './repo/layout.js';
import { splitOf } from './splits.js';

test('any table comes back from CSV and TSV as it was written', () => {
  const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
  const table = fc.array(
    fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\t', '\n', '\r', ' ', ';') }), { minLength: 2, maxLength: 3 }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(table, fc.constantFrom(',' as const, '\t' as const), fc.constantFrom('\n', '\r\n'), (rows, separator, end) => {
      const text = rows.map((row) => row.map(quote).join(separator)).join(end);
      expect(parseDelimited(text, separator).rows.map(({ cells }) => cells)).toEqual(rows);
    }),
  );
});

test('lines are counted over cells with line ends; empty lines, a byte order mark and a last line end are fine', () => {
  const { rows } = parseDelimited('\uFEFFa,b\n\n"x\ny",1\nlast,\n', ',');
  expect(rows).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 3, cells: ['x\ny', '1'] },
    { line: 5, cells: ['last', ''] },
  ]);
});

test.each([
  ['is never closed', 'a,b\n"1,2\n3,4\n', 2],
  ['is never closed, after cells with line ends', 'a,b\n"1\n",2\n3,"4\n5,6', 4],
  ['closes within a cell', 'a,b\n1,2\n"3" x,4\n5,6\n', 3],
])('a quote that %s is told with the line on which it opens', (_how, text, line) => {
  expect(parseDelimited(text, ',').openQuoteLine).toBe(line);
});

test('a quote that never closes is told in a large file too', () => {
  expect(parseDelimited(`a,b\n"1,${'2\n'.repeat(4e6)}`, ',').openQuoteLine).toBe(2);
});

test.each([
  ['data/train-*', ['data/train-00000-of-00001.parquet'], ['data/trains/x.parquet', 'x/data/train-0.parquet']],
  ['**/*.parquet', ['a.parquet', 'a/b/c.parquet'], ['a.csv']],
  ['{train,test}/[ab]?.parquet', ['train/a1.parquet', 'test/b2.parquet'], ['val/a1.parquet', 'train/c1.parquet', 'train/a.parquet']],
  ['data/[!a]*.parquet', ['data/b.parquet'], ['data/a.parquet']],
  ['./a(1)+.parquet', ['a(1)+.parquet'], ['a1.parquet', 'aa(1)+.parquet']],
])('the pattern %s means the paths that the hub means', (pattern, matching, others) => {
  const isMatch = createGlob(pattern);
  expect(matching.filter((path) => !isMatch(path))).toEqual([]);
  expect(others.filter((path) => isMatch(path))).toEqual([]);
});

test('a pattern made to take for ever matches nothing, at once', () => {
  expect(createGlob(`${'*a'.repeat(30)}b`)('a'.repeat(200))).toBe(false);
});

test.each([
  ['data/train-00000-of-00002-1a2b3c.parquet', 'train'],
  ['plain/unsupervised-00000-of-00001.parquet', 'unsupervised'],
  ['default/partial-train/0000.parquet', 'train'],
  ['validation.parquet', 'validation'],
  ['val/0.parquet', 'validation'],
  ['my_test_2.parquet', 'test'],
  ['contest.parquet', undefined],
  ['evaluation.parquet', 'test'],
])('%s is of the split %s', (path, split) => expect(splitOf(path)).toBe(split));

test('without a README, folders are configurations unless they are splits or data', () => {
  const split = (paths: string[], wanted = {}) => chooseSplit(readLayout(paths, []), 'x', wanted);
  expect(split(['data/test-0.parquet', 'data/train-0.parquet'])).toMatchObject({
    config: 'default',
    split: 'test',
    paths: ['data/test-0.parquet'],
  });
  expect(split(['a/train/0000.parquet', 'b/train/0000.parquet'], { config: 'b' })).toMatchObject({
    split: 'train',
    paths: ['b/train/0000.parquet'],
  });
  expect(split(['anything.parquet', 'other.parquet'])).toMatchObject({ split: 'train', paths: ['anything.parquet', 'other.parquet'] });
  expect(() => split(['a/train/0.parquet', 'b/train/0.parquet'])).toThrow(/several configurations. There is a, b/);
});
