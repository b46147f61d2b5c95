import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { LabelwiseError } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import { DEFAULT_IMAGE_LIMITS as limits } from '../images/read-image.js';
import { FOLDERS, type Source } from '../ingest/source.js';
import { openHtmlFile } from './html-file.js';
import { createPictureSheet } from './picture-sheet.js';

const CAT = fileURLToPath(new URL('../../tests/parity/images/chelsea.png', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'labelwise-sheet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const places = { cwd: folder, limits, sources: async () => FOLDERS };
/** A page without the places where names may break. */
const pageOf = (name: string): string => readFileSync(join(folder, name), 'utf8').replaceAll('<wbr>', '');

test('a sheet holds pictures under headings, hostile names and tags as text, and a reason where a file has gone', async () => {
  const name = '"><script>alert(1)<& \'.png';
  copyFileSync(CAT, join(folder, name));
  const text = { title: '<b>dogs</b>', intro: '2 of 5 & more', footer: 'Made by labelwise.' };
  const sheet = await createPictureSheet(await openHtmlFile('page.html', { cwd: folder }), text, places);
  await sheet.heading('Group <1>');
  await sheet.add({ path: name, facts: ['similarity 0.3', '<i>'], tags: ['<script>', 'red panda'] });
  await sheet.heading('Group 2');
  await sheet.add({ path: 'gone.jpg', facts: [] });
  await sheet.end('That is all.');
  const page = pageOf('page.html');
  expect(page).not.toMatch(/<script|<b>|<i>/i);
  expect(page.match(/<img loading="lazy" alt="[^"<>]*" src="data:image\/webp;base64,[^"]+">/g)).toHaveLength(1);
  expect(page).toContain('<li>red panda</li>');
  expect(page).toContain('<h2>Group &lt;1&gt;</h2>');
  expect(page).toContain('<p class="missing error">The file no longer exists.</p>');
  expect(page.match(/href="(?!file:\/\/\/)/g)).toBeNull();
  expect(page).not.toMatch(/https?:\/\/|url\(|@import/);
  expect(page.match(/<ul/g)?.length).toBe(page.match(/<\/ul>/g)?.length);
  expect(page.trimEnd().endsWith('</html>')).toBe(true);
});

test('without headings the pictures are headed one level higher, and an empty sheet has its note', async () => {
  const sheet = await createPictureSheet(await openHtmlFile('one.html', { cwd: folder }), { title: 'x', intro: '', footer: '' }, places);
  await sheet.add({ path: 'gone.jpg', facts: ['similarity 0.3'] });
  await sheet.end();
  expect(pageOf('one.html')).toContain('<h2 title="gone.jpg">gone.jpg</h2>');
  const empty = await createPictureSheet(await openHtmlFile('empty.html', { cwd: folder }), { title: 'x', intro: '', footer: '' }, places);
  await empty.end('Nothing stands out.');
  expect(pageOf('empty.html')).toContain('<main><p class="note">Nothing stands out.</p></main>');
});

test('a picture has its folder and its other names, in one line each; a file that has gone is no link', async () => {
  const odd = join(folder, 'a', 'line\nbreak.png');
  mkdirSync(join(folder, 'a'));
  copyFileSync(CAT, odd);
  const sheet = await createPictureSheet(await openHtmlFile('names.html', { cwd: folder }), { title: 'x', intro: '', footer: '' }, places);
  await sheet.add({ path: odd, facts: [], alsoAt: [join(folder, 'b', 'copy.png'), '/elsewhere/copy.png'] });
  await sheet.add({ path: join(folder, 'gone.jpg'), facts: [] });
  await sheet.end();
  const page = pageOf('names.html');
  expect(page).toContain('line\\nbreak.png</h2><p class="folder">a</p><ul class="also"');
  expect(page).toContain('<li>b/copy.png</li><li>/elsewhere/copy.png</li>');
  expect(page.match(/<a href="[^"]*"/g)).toEqual([`<a href="${pathToFileURL(odd).href}"`]);
});

test.skipIf(process.platform !== 'linux')('a name that is no valid UTF-8 has its picture and its link', async () => {
  const path = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9), Buffer.from('.png')]);
  copyFileSync(CAT, path);
  const sheet = await createPictureSheet(await openHtmlFile('bytes.html', { cwd: folder }), { title: 'x', intro: '', footer: '' }, places);
  await sheet.add({ path: toPathText(path), facts: [] });
  await sheet.add({ path: toPathText(path).replace('caf', 'gone'), facts: [] });
  await sheet.end();
  const page = pageOf('bytes.html');
  expect(page.match(/<a href="file:\/\/\/\S+\/caf%E9\.png"><img /g)).toHaveLength(1);
  expect(page).toContain('The file no longer exists.');
});

test.skipIf(process.platform === 'win32')('a backslash is a part of a name where it parts no folders', async () => {
  copyFileSync(CAT, join(folder, 'back\\slash.png'));
  const sheet = await createPictureSheet(await openHtmlFile('slash.html', { cwd: folder }), { title: 'x', intro: '', footer: '' }, places);
  await sheet.add({ path: 'back\\slash.png', facts: [] });
  await sheet.end();
  expect(pageOf('slash.html')).toMatch(/alt="back\\slash\.png"[\s\S]*>back\\slash\.png<\/h2>/);
});

test('a place that cannot be written is refused before any work', async () => {
  await expect(openHtmlFile(`${CAT}/x.html`, { cwd: folder })).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
});

test('a picture of a bucket is read from there, under its address and without a link', async () => {
  const read = async (file: { path: string }) =>
    file.path.endsWith('gone.png')
      ? { fault: { kind: 'gone', error: new LabelwiseError('INPUT_NOT_FOUND', 'gone') } }
      : { bytes: readFileSync(CAT) };
  const file = await openHtmlFile('bucket.html', { cwd: folder });
  const sources = async () => () => ({ read }) as unknown as Source;
  const sheet = await createPictureSheet(file, { title: 'x', intro: '', footer: '' }, { ...places, sources });
  await sheet.add({ path: 's3://photos/2024/cat.png', facts: [] });
  await sheet.add({ path: 's3://photos/2024/gone.png', facts: [] });
  await sheet.end();
  const page = pageOf('bucket.html');
  expect(page).toMatch(
    /<li><img loading="lazy" alt="cat\.png" src="data:image\/webp;base64,[^"]+"><h2 title="s3:\/\/photos\/2024\/cat\.png">/,
  );
  expect(page).toContain('<p class="folder">s3://photos/2024</p>');
  expect(page.match(/The file no longer exists\./g)).toHaveLength(1);
  expect(page).not.toContain('<a href');
});
