import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { displayWidth, renderTable } from '../../files/table.js';
import { toCsvLine } from '../../files/to-csv-line.js';
import { escapeHtml } from '../../pages/escape-html.js';
import { renderThumbnail } from '../../rows/terminal-picture.js';
import { formatDuration } from './progress.js';
import { createRowWriter } from './rows.js';

async function printed(format: 'json' | 'ndjson' | 'csv', rows: readonly { a: string }[]): Promise<string> {
  let text = '';
  const stdout = new Writable({
    write: (chunk, _encoding, done) => {
      text += chunk;
      done();
    },
  });
  const io = { stdin: process.stdin, stdout, stderr: stdout, env: {}, cwd: '/', signal: new AbortController().signal };
  const writer = createRowWriter<{ a: string }>(io, format, { human: () => [], csvHeader: ['a'], csv: (row) => [[row.a]] });
  for (const row of rows) await writer.write(row);
  await writer.end();
  return text;
}

test.each([0, 1, 3])('%i rows are a JSON array, lines of JSON, and CSV with its header', async (count) => {
  const rows = Array.from({ length: count }, (_, i) => ({ a: `${i}, "x"\n` }));
  expect(JSON.parse(await printed('json', rows))).toEqual(rows);
  expect(
    (await printed('ndjson', rows))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  ).toEqual(rows);
  expect((await printed('csv', rows)).startsWith('a\n')).toBe(true);
});

test('CSV quotes what needs it', () => expect(toCsvLine(['a', 'b,c', 'd"e', undefined, 1])).toBe('a,"b,c","d""e",,1'));

test('columns line up, wide characters included', () => {
  const lines = renderTable(
    ['rank', 'label', 'x'],
    [
      ['1', '東京', 'a'],
      ['10', 'cat 🐈', 'b'],
    ],
    [0],
  );
  expect(lines).toEqual(['rank  label   x', '   1  東京    a', '  10  cat 🐈  b']);
});

test.each([
  ['🐈‍⬛', 2],
  ['✅ ⌚', 5],
  ['❤️', 2],
  ['🖥', 1],
  ['🇩🇪', 2],
  ['e\u0301a\u200b', 2],
  ['ｱア', 3],
  ['한글', 4],
  ['日本\t', 4],
])('%j takes %i cells of a terminal', (text, cells) => {
  expect(displayWidth(text)).toBe(cells);
});

test('a thumbnail has two rows of pixels a line', () => {
  const lines = renderThumbnail({ data: new Uint8Array(224 * 224 * 3).fill(128), width: 224, height: 224 }, 28);
  expect(lines).toHaveLength(14);
  expect(lines[0]).toContain('38;2;128;128;128');
});

test.each([
  ['a long screenshot', 30, 3000, 28],
  ['a panorama', 3000, 30, 1],
])('the thumbnail of %s is neither endless nor nothing', (_name, width, height, lines) => {
  const rendered = renderThumbnail({ data: new Uint8Array(width * height * 3).fill(128), width, height });
  expect(rendered).toHaveLength(lines);
  for (const line of rendered) expect(line).toContain('▀');
});

test('HTML is escaped', () => expect(escapeHtml(`<script>"&'`)).toBe('&lt;script&gt;&quot;&amp;&#39;'));

test('times are written for people', () => {
  expect([0.2, 59, 185, 8040, Number.NaN].map(formatDuration)).toEqual(['1 s', '59 s', '3 min 5 s', '2 h 14 min', '?']);
});
