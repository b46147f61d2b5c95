/// <reference lib="dom" />
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHROMIUM, openBrowser, openTab, type Tab } from '../fixtures/browser.js';
import { openPageService, type PageService } from '../fixtures/page-service.js';
import { IMAGES, ROOT } from '../fixtures/paths.js';

const PHOTOS = 150;
const cells = (page: Page) => page.locator('.cell-button');
const names = (page: Page) => cells(page).evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label') ?? ''));
const toast = (page: Page) => page.locator('.toast');
const tags = (page: Page) => page.locator('.viewer .tag').evaluateAll((items) => items.map((item) => item.firstChild?.textContent ?? ''));
const addTag = async (page: Page, tag: string): Promise<void> => {
  await page.getByRole('combobox', { name: 'Add a tag' }).fill(tag);
  await page.keyboard.press('Enter');
};

describe.skipIf(!CHROMIUM)('the library on the page', () => {
  let browser: Browser;
  let service: PageService;
  let tab: Tab;
  let page: Page;

  beforeAll(async () => {
    service = await openPageService({ photos: PHOTOS });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    tab = await openTab(browser, service.origin);
    page = tab.page;
    await page.getByRole('link', { name: 'Library', exact: true }).click();
    await cells(page).first().waitFor();
  });
  afterEach(async () => {
    expect(tab.faults).toEqual([]);
    await tab.context.close();
  });

  test('all pictures come as one scrolls, each once, the newest first', async () => {
    await expect
      .poll(async () => {
        await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
        return cells(page).count();
      })
      .toBe(PHOTOS + 6);
    const shown = await names(page);
    expect(new Set(shown).size).toBe(PHOTOS + 6);
    const numbers = shown.slice(0, PHOTOS).map((name) => Number(/-(\d{3})\.jpg$/.exec(name)?.[1]));
    expect(numbers).toEqual(Array.from({ length: PHOTOS }, (_, i) => PHOTOS - 1 - i));
    const months = await page.locator('.month').allTextContents();
    expect([months[0], months.at(-1)]).toEqual(['March 2024', 'Without a date']);
    await cells(page).last().scrollIntoViewIfNeeded();
    await expect
      .poll(() =>
        cells(page)
          .last()
          .locator('img')
          .evaluate((image: HTMLImageElement) => image.naturalWidth),
      )
      .toBeGreaterThan(0);
  });

  test('dates, tags and the order filter it, and the address keeps the filters', async () => {
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel('Taken from').fill('2023-02-01');
    await page.getByLabel('Taken before').fill('2023-03-01');
    await expect.poll(() => page.getByText(/^\d+ pictures$/).textContent()).toMatch(/^(9|10) pictures$/);
    await page.getByLabel('Order').selectOption('oldest');
    await expect.poll(async () => (await names(page))[0]).toMatch(/-010\.jpg$/); // 2 February
    await page.reload();
    await expect.poll(async () => (await names(page))[0]).toMatch(/-010\.jpg$/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => page.getByText(/^\d+ pictures$/).textContent()).toBe(`${PHOTOS + 6} pictures`);
    await page.getByLabel('Taken from').fill('2030-01-01');
    await expect.poll(() => page.getByRole('heading', { name: 'No picture fits' }).count()).toBe(1);
  });

  test('cameras, places, ratings and keywords filter it, also while one searches', async () => {
    await page.getByRole('button', { name: 'Filters' }).click();
    const found = page.getByText(/^\d+ pictures?$/);
    await page.getByLabel('Camera').fill('x-t4');
    await page.keyboard.press('Enter');
    await expect.poll(() => found.textContent()).toBe(`${PHOTOS} pictures`);
    await page.getByRole('searchbox').fill('a rocket');
    await expect.poll(async () => (await names(page)).includes('rocket.jpg')).toBe(false); // the demo's photos name no camera
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => found.textContent()).toBe(`${PHOTOS + 6} pictures`);
    for (const fill of [
      async () => page.getByLabel('Rating').selectOption('4'),
      async () => {
        await page.getByLabel('Keyword').fill('holiday');
        await page.keyboard.press('Enter');
      },
      async () => {
        await page.getByLabel('Near').fill('-33.9, 151.2');
        await page.keyboard.press('Enter');
        await page.getByLabel('Within').fill('500 m');
        await page.keyboard.press('Enter');
      },
    ]) {
      await fill();
      await expect.poll(() => page.getByRole('heading', { name: 'No picture fits' }).count()).toBe(1);
      await page.getByRole('button', { name: 'Clear' }).click();
      await expect.poll(() => found.textContent()).toBe(`${PHOTOS + 6} pictures`);
    }
    await page.getByLabel('Near').fill('Sydney');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('degrees north and east');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Order').selectOption('name');
    await expect.poll(async () => (await names(page))[0]).not.toMatch(/-149/); // the newest is not the first any more
    const inOrder = (await names(page)).map((name) => name.toLowerCase());
    expect(inOrder).toEqual([...inOrder].sort());
  });

  test('words find pictures, and a picture finds others like it', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('a rocket on its launch pad');
    await expect.poll(async () => (await names(page))[0]).toBe('rocket.jpg');
    await page.getByRole('searchbox').fill('a cat');
    await expect.poll(async () => (await names(page)).slice(0, 3)).toContain('cat.jpg');
    await page.getByRole('button', { name: 'cat.jpg' }).click();
    await page.getByRole('button', { name: 'More like this' }).click();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await expect.poll(async () => (await names(page))[0]).not.toBe('rocket.jpg');
    expect(await page.getByText('More like this').count()).toBe(1);
    expect((await names(page)).length).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'Search without the picture' }).click();
    await page.goBack();
    await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('a cat');
  });

  test('a picture opens, its neighbours are an arrow away, and the focus comes back', async () => {
    await cells(page).first().click();
    const [first, second] = await names(page);
    const dialog = page.getByRole('dialog');
    await expect.poll(() => dialog.getAttribute('aria-label')).toBe(first);
    await expect.poll(() => dialog.getByText('Fujifilm X-T4').count()).toBe(1);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => dialog.getAttribute('aria-label')).toBe(second);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(first);
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(second);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect.poll(() => dialog.count()).toBe(1);
  });

  test('tags are corrected by hand, and each correction can be undone', async () => {
    await page.getByRole('searchbox').fill('a flower');
    await page.getByRole('button', { name: 'flower.jpg' }).click();
    await addTag(page, 'dahlia');
    await expect.poll(() => tags(page)).toEqual(['dahlia']);
    await expect.poll(() => toast(page).textContent()).toContain('Added the tag “dahlia”.');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await expect.poll(() => tags(page)).toEqual([]);
    await addTag(page, 'garden');
    await page.getByRole('button', { name: 'Remove the tag garden' }).click();
    await expect.poll(() => tags(page)).toEqual([]);
    await page.getByText(/^Corrected by hand/).click();
    await page.getByRole('button', { name: 'Undo: removed garden' }).click();
    await expect.poll(() => page.getByText(/^Corrected by hand/).count()).toBeLessThanOrEqual(1);
    await addTag(page, 'bloom');
    await expect.poll(() => tags(page)).toContain('bloom');
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').fill('tag:bloom');
    await expect.poll(() => names(page)).toEqual(['flower.jpg']);
  });

  test('several pictures are tagged at once, and that is undone at once', async () => {
    await page.getByRole('button', { name: 'Select' }).click();
    for (const place of [0, 1, 2]) await cells(page).nth(place).click();
    await page.getByRole('combobox', { name: 'Tag', exact: true }).fill('holiday');
    await page.getByRole('button', { name: 'Add', exact: true }).last().click();
    await expect.poll(() => toast(page).textContent()).toContain('(3 pictures)');
    await page.getByRole('searchbox').fill('tag:holiday');
    await expect.poll(() => cells(page).count()).toBe(3);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.getByRole('heading', { name: 'No picture fits' }).count()).toBe(1);
  });

  test('a label set is stored, changed, taught from examples, and used', async () => {
    await page.getByRole('link', { name: 'Label sets' }).click();
    await page.getByRole('button', { name: 'New' }).click();
    await page.getByLabel(/^Name/).fill('things');
    await page.getByLabel(/^Labels/).fill('cat\nrocket');
    await page.getByRole('button', { name: 'Save 2 labels' }).click();
    await expect.poll(() => page.getByRole('heading', { name: 'things' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel(/^Labels/).fill('cat\nrocket\nflower');
    await page.getByRole('button', { name: 'Save 3 labels' }).click();
    await expect.poll(() => page.getByLabel('Version').locator('option').count()).toBe(2);

    await page.getByRole('link', { name: 'Library', exact: true }).click();
    await page.getByRole('searchbox').fill('a flower');
    await page.getByRole('button', { name: 'flower.jpg' }).click();
    await page.getByLabel('It shows').selectOption('flower');
    await page.getByRole('button', { name: 'Teach', exact: true }).click();
    await expect.poll(() => toast(page).textContent()).toContain('“things” learnt an example of “flower”.');
    await page.keyboard.press('Escape');

    await page.getByRole('link', { name: 'Label sets' }).click();
    await page.getByRole('link', { name: /^things/ }).click();
    await expect.poll(() => page.getByRole('img', { name: 'Example of flower' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Forget this example of flower' }).click();
    await expect.poll(() => page.getByRole('img', { name: 'Example of flower' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.getByRole('img', { name: 'Example of flower' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.locator('input[data-role=choose]').setInputFiles(join(ROOT, 'demo/photos/flower.jpg'));
    await expect.poll(() => page.locator('.verdict-label').textContent()).toBe('flower');
  });

  test('an index run is started and watched, and what it found is in the library', async () => {
    copyFileSync(`${IMAGES}/chelsea.png`, join(service.photos, 'chelsea.png'));
    await page.getByRole('link', { name: 'Index' }).click();
    await page.getByRole('button', { name: 'Bring up to date' }).click();
    const run = page.locator('.job').first();
    await expect.poll(() => run.getByRole('heading', { name: 'Up to date' }).count(), { timeout: 60_000 }).toBe(1);
    expect(await run.locator('.figures').textContent()).toMatch(/1new/);
    await page.getByRole('link', { name: 'Library', exact: true }).click();
    await expect.poll(() => page.getByText(/^\d+ pictures$/).textContent()).toBe(`${PHOTOS + 7} pictures`);
  });

  test('pictures are added by the browser, once each', async () => {
    const files = ['coffee-q60-420.jpg', 'coffee.png', 'one-pixel.png'].map((name) => `${IMAGES}/${name}`);
    await page.locator('input[data-role=add]').setInputFiles([...files, join(ROOT, 'package.json')]);
    await expect.poll(() => toast(page).textContent(), { timeout: 60_000 }).toMatch(/Added 3 pictures.*not a picture/s);
    await page.locator('input[data-role=add]').setInputFiles(files[0] as string);
    await expect.poll(() => toast(page).textContent()).toContain('was there already');
  });

  test('pictures are removed after a person has read what becomes of their files', async () => {
    const all = await page.getByText(/^\d+ pictures$/).textContent();
    const left = (gone: number): string => `${Number.parseInt(all ?? '', 10) - gone} pictures`;
    const files = readdirSync(service.photos);
    const [, second] = await names(page);
    await cells(page).first().click();
    const viewer = page.locator('dialog.viewer');
    await viewer.getByRole('button', { name: 'Remove from the library' }).click();
    const question = page.getByRole('dialog', { name: /^Remove “/ });
    expect(await question.textContent()).toContain('Your file stays where it is');
    await question.getByRole('button', { name: 'Keep' }).click();
    await expect.poll(() => question.count()).toBe(0);
    await viewer.getByRole('button', { name: 'Remove from the library' }).click();
    await page.keyboard.press('ArrowRight'); // the arrows belong to the question now
    await question.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(() => viewer.count()).toBe(0);
    await expect.poll(async () => (await names(page))[0]).toBe(second);
    await expect.poll(() => page.getByText(left(1)).count()).toBe(1);
    expect(readdirSync(service.photos)).toEqual(files);
    await page.getByRole('button', { name: 'Select' }).click();
    for (const place of [0, 1]) await cells(page).nth(place).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    const both = page.getByRole('dialog', { name: 'Remove 2 pictures from the library?' });
    await both.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(() => page.getByText(left(3)).count()).toBe(1);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.reload();
    await expect.poll(() => page.getByText(left(3)).count()).toBe(1);
    expect(readdirSync(service.photos)).toEqual(files);
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel('Order').selectOption('added');
    await expect.poll(async () => (await names(page))[0]).toMatch(/^[0-9a-f]{64}\.\w+$/); // a name that the service gave
    await cells(page).first().click();
    await viewer.getByRole('button', { name: 'Remove from the library' }).click();
    expect(await question.textContent()).toContain('deleted from the disk of the service'); // it was added by the browser
    await page.keyboard.press('Escape');
    await expect.poll(() => question.count()).toBe(0);
    expect(await viewer.count()).toBe(1);
  });
});

describe.skipIf(!CHROMIUM)('a service without a library', () => {
  test('says how to begin', async () => {
    await using service = await openPageService({ photos: 0 });
    const browser = await openBrowser();
    const { page, faults } = await openTab(browser, service.origin);
    await page.getByRole('link', { name: 'Library', exact: true }).click();
    await page.getByRole('link', { name: 'Index pictures' }).click();
    await expect.poll(() => page.getByText('No folder to index').count()).toBe(1);
    expect(faults).toEqual([]);
    await browser.close();
  });
});
