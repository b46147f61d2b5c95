import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CAT, ROCKET, write } from '../fixtures/pictures.js';

const HOSTILE_LABEL = '<script>alert("label")</script>';
const HOSTILE_NAME = '"><script>alert(1)<& \'.png';

describe('--html writes a page with the pictures and their labels', () => {
  let result: CliResult;
  let page: string;
  beforeAll(async () => {
    const folder = temporaryFolder();
    copyFileSync(CAT, join(folder, HOSTILE_NAME));
    write(folder, 'bad.jpg', 'no image');
    const labels = JSON.stringify({ labels: ['cat', 'rocket', HOSTILE_LABEL, '$& {}'] });
    const flags = ['--labels-file', write(folder, 'labels.json', labels), '--template', '<b>{}</b>', '--html', 'page.html', '--json'];
    result = await cli(['classify', HOSTILE_NAME, ROCKET, 'bad.jpg', ...flags], { cwd: folder });
    page = readFileSync(join(folder, 'page.html'), 'utf8');
  });

  test('there is a picture in the page for each image, and an error for a bad one', () => {
    expect(page.match(/<img [^>]*src="data:image\/webp;base64,[A-Za-z0-9+/=]+"/g)).toHaveLength(2);
    expect(page.match(/<article>/g)).toHaveLength(3);
    expect(page).toMatch(/<p class="error">bad\.jpg: IMAGE_UNSUPPORTED: /);
    expect(page.trimEnd().endsWith('</html>')).toBe(true);
  });

  test('the terminal gets its data all the same, and is told of the page', () => {
    expect(JSON.parse(result.stdout)).toHaveLength(3);
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('page: page.html');
  });

  test('hostile labels, file names and templates are text, not tags', () => {
    expect(page).not.toMatch(/<script|<b>/i);
    expect(page).toContain('&lt;script&gt;alert(&quot;label&quot;)&lt;/script&gt;');
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;&amp; &#39;.png');
    expect(page).toContain('$&amp; {}');
    expect(page.match(/<img alt="[^"<>]*" src="data:[^"]*">/g)).toHaveLength(2);
  });

  test('it needs no network: no address of another place stands in it', () => {
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/(?:src|href)="(?!data:)|url\(|@import/);
  });

  test('a place that cannot be written is told before any work is done', async () => {
    const { code, stdout, stderr } = await cli(['classify', CAT, '--labels', 'cat, dog', '--html', `${CAT}/page.html`, '--json']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/page\.html cannot be written[\s\S]*hint:/);
  });
});
