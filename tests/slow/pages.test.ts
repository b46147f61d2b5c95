import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = createRequire(import.meta.url).resolve('axe-core');
const PHOTOS = 80;
const LONG = 'a_very_long_name_of_a_photo_IMG_20240601_143000_edited_final_version2.jpg';

const folder = temporaryFolder();
const page = (name: string): string => join(folder, name);
const run = async (...args: string[]): Promise<void> => {
  const { code, stderr } = await cli([...args, ...(args[0] === 'eval' ? [] : ['--db', page('db')])], { cwd: folder });
  if (code !== 0) throw new Error(stderr);
};
const PAGES = ['classification.html', 'search.html', 'duplicates.html', 'tags.html', 'report/report.html', 'discover.html', 'demo.html'];

describe.skipIf(!existsSync(CHROMIUM))('pages in Chromium (skipped without /usr/bin/chromium)', () => {
  let browser: Browser;
  beforeAll(async () => {
    const photos = readdirSync(`${ROOT}demo/photos`).filter((name) => name.endsWith('.jpg'));
    mkdirSync(page('photos'));
    for (let i = 0; i < PHOTOS; i++) {
      const source = sharp(readFileSync(`${ROOT}demo/photos/${photos[i % photos.length]}`)).resize(1200, 900, { fit: 'fill' });
      const corner = { left: (i * 37) % 240, top: (i * 53) % 180, width: 960, height: 720 }; // detailed, as photos are
      await source
        .extract(corner)
        .jpeg()
        .toFile(page(join('photos', i === 0 ? LONG : `${i}-${photos[i % photos.length]}`)));
    }
    for (const label of ['cat', 'rocket', 'flower']) {
      mkdirSync(page(`sorted/${label}`), { recursive: true });
      for (const i of [1, 2, 3])
        await sharp(readFileSync(`${ROOT}demo/photos/${label}.jpg`))
          .resize(300 + i)
          .toFile(page(`sorted/${label}/${i}.jpg`));
    }
    const labels = ['--labels', 'cat, cup of coffee, a galaxy far away in the night sky, rocket, temple'];
    await run('index', 'photos');
    await run('classify', 'photos', ...labels, '--html', 'classification.html', '--csv');
    await run('search', 'a cat', '--top-k', `${PHOTOS}`, '--html', 'search.html', '--csv');
    await run('duplicates', '--min-similarity', '0.9', '--html', 'duplicates.html', '--csv');
    await run('tag', ...labels, '--name', 'things', '--dry-run', '--html', 'tags.html');
    const demo = [join(ROOT, 'demo/photos'), '--labels-file', join(ROOT, 'demo/labels.txt'), '--top-k', '3']; // as scripts/demo.mjs
    await run('classify', ...demo, '--html', 'demo.html', '--csv');
    await run('eval', 'sorted', '--compare', '--template', 'a photo of {a} {}.', '--template', '{}', '--report', 'report');
    await run('discover', '--html', 'discover.html', '--out', 'groups.json', '--csv');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());

  test.each(PAGES)('%s is under 1.5 MB for 80 photos, and needs no other file', (name) => {
    expect(statSync(page(name)).size).toBeLessThan(1.5e6);
    const text = readFileSync(page(name), 'utf8');
    expect(text).not.toMatch(/(?:src|href)="https?:|@import|fetch\(|import\(/);
    expect(text.match(/<script/g) ?? []).toHaveLength(name === 'discover.html' ? 1 : 0);
  });

  const views = PAGES.flatMap((name) =>
    [390, 820, 1280].flatMap((width) => (['light', 'dark'] as const).map((scheme) => [name, width, scheme] as const)),
  );
  test.each(views)('axe finds nothing in %s at %i pixels, %s, and nothing is wider than the window', async (name, width, colorScheme) => {
    const view = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    await view.goto(pathToFileURL(page(name)).href);
    expect(await view.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    await view.addScriptTag({ path: AXE });
    const violations = await view.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    expect(violations).toEqual([]);
    await view.close();
  });

  test.each([390, 1280])('the bars of a classification start at one x and can be compared, at %i pixels', async (width) => {
    const view = await browser.newPage({ viewport: { width, height: 900 } });
    await view.goto(pathToFileURL(page('classification.html')).href);
    const bars = await view.$$eval('meter', (meters) =>
      meters.map((meter) => [meter.getBoundingClientRect().x, meter.getBoundingClientRect().width]),
    );
    expect(bars.length).toBeGreaterThan(PHOTOS);
    expect(new Set(bars.map(([x]) => Math.round(x as number))).size).toBe(1);
    expect(Math.min(...bars.map(([, wide]) => wide as number))).toBeGreaterThan(48);
    await view.close();
  });

  describe('the page of discover', () => {
    const open = async (width = 1280): Promise<Page> => {
      const view = await browser.newPage({ viewport: { width, height: 900 }, acceptDownloads: true });
      await view.goto(pathToFileURL(page('discover.html')).href);
      return view;
    };
    const sides = (view: Page): Promise<number[]> =>
      view.$$eval('.plane > a', (pictures) => pictures.map((picture) => picture.getBoundingClientRect().width));

    test('says what the largest group is, lists it first, and shows every picture once on the map', async () => {
      const view = await open();
      const [largest] = JSON.parse(readFileSync(page('groups.json'), 'utf8')).labels as { label: string }[];
      expect(await view.textContent('.lead')).toContain(`The largest is ${largest?.label}`);
      expect(await view.inputValue('.groups > li:first-child input')).toBe(largest?.label);
      expect(await view.locator('.plane > a img').count()).toBe(PHOTOS);
      expect(
        await view.$$eval('.groups img, .odd-ones img', (copies) =>
          copies.every((copy) => (copy as HTMLImageElement).src.startsWith('data:')),
        ),
      ).toBe(true);
      await view.close();
    });

    test.each([390, 1280])('no picture covers another, at %i pixels', async (width) => {
      const view = await open(width);
      const boxes = await view.$$eval('.plane > a', (pictures) =>
        pictures.map((picture) => picture.getBoundingClientRect().toJSON() as DOMRect),
      );
      const covering = boxes.filter((a, i) =>
        boxes.some((b, k) => k > i && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1),
      );
      expect(covering).toEqual([]);
      await view.close();
    });

    test('keys and buttons zoom the map, arrows go from picture to picture, and Escape shows all', async () => {
      const view = await open();
      const [before = 0] = await sides(view);
      await view.focus('.plane > a[tabindex="0"]');
      await view.keyboard.press('+');
      expect((await sides(view))[0]).toBeGreaterThan(before * 1.3);
      const places = new Set<string | null>();
      for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp', 'ArrowLeft']) {
        await view.keyboard.press(key);
        places.add(await view.evaluate('document.activeElement.id'));
      }
      expect(places.size).toBeGreaterThan(1);
      expect(await view.locator('.plane > a[tabindex="0"]').count()).toBe(1);
      await view.keyboard.press('Escape');
      expect((await sides(view))[0]).toBeCloseTo(before, 0);
      await view.click('[data-zoom="in"]');
      expect((await sides(view))[0]).toBeGreaterThan(before * 1.3);
      await view.click('[data-show="1"]');
      expect(await view.locator('.plane.chosen > a.in').count()).toBe(await view.locator('.plane > a[data-group="1"]').count());
      await view.close();
    });

    test('names that were changed are saved as a label set that tag takes, and two groups of one name are one label', async () => {
      const view = await open();
      const inputs = view.locator('.groups input');
      const [first, second] = [await inputs.nth(0).inputValue(), await inputs.nth(1).inputValue()];
      await inputs.nth(0).fill('my favourites');
      await inputs.nth(1).fill('my favourites');
      expect(await view.textContent('.tag[data-group="1"]')).toContain('my favourites');
      expect(await view.textContent('.save output')).toBe('2 names changed, not saved yet');
      const [download] = await Promise.all([view.waitForEvent('download'), view.click('[data-save]')]);
      expect(download.suggestedFilename()).toBe('groups.json');
      await download.saveAs(page('edited.json'));
      const { labels } = JSON.parse(readFileSync(page('edited.json'), 'utf8'));
      expect(labels[0]).toEqual({ label: 'my favourites', promptName: first, synonyms: [second] });
      await run('tag', '--labels-file', 'edited.json', '--dry-run');
      await view.close();
    });
  });
});
