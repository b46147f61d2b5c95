/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHROMIUM, openBrowser, openTab, type Tab } from '../fixtures/browser.js';
import { openPageService, type PageService } from '../fixtures/page-service.js';
import { ROOT } from '../fixtures/paths.js';

if (!CHROMIUM) console.warn('The page is not tested: there is no Chromium here. scripts/install-test-tools.mjs --install installs one.');

const photo = (name: string): string => join(ROOT, 'demo/photos', name);
const verdict = (page: Page) => page.locator('.verdict-label').first();
const rows = (page: Page, list = 'Labels, best first') => page.getByRole('list', { name: list }).getByRole('listitem');
const labelsOf = (page: Page, list?: string) => rows(page, list).locator('.ranked-label').allTextContents();
const choose = (page: Page, ...names: string[]) => page.locator('input[data-role=choose]').setInputFiles(names.map(photo));
const field = (page: Page) => page.getByRole('textbox', { name: 'Add a label to labels' });

async function addLabels(page: Page, text: string): Promise<void> {
  await field(page).fill(`${text},`);
  await expect.poll(() => field(page).inputValue()).toBe('');
}

/** Gives files to the page as the system does when they are dropped or pasted. */
async function give(page: Page, kind: 'drop' | 'paste', name: string): Promise<void> {
  const bytes = readFileSync(photo(name)).toString('base64');
  await page.evaluate(
    ({ bytes, kind, name }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type: 'image/jpeg' }));
      const own = { bubbles: true, cancelable: true };
      if (kind === 'paste') document.body.dispatchEvent(new ClipboardEvent('paste', { ...own, clipboardData: transfer }));
      else for (const type of ['dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { ...own, dataTransfer: transfer }));
    },
    { bytes, kind, name },
  );
}

describe.skipIf(!CHROMIUM)('classifying on the page', () => {
  let browser: Browser;
  let service: PageService;
  let tab: Tab;
  let page: Page;

  beforeAll(async () => {
    service = await openPageService({ photos: 0 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    tab = await openTab(browser, service.origin);
    page = tab.page;
  });
  afterEach(async () => {
    expect(tab.faults).toEqual([]);
    await tab.context.close();
  });

  test('a picture is sent once, and bars move with each letter that is typed', async () => {
    await choose(page, 'rocket.jpg');
    await addLabels(page, 'cat, dog');
    await expect.poll(() => verdict(page).textContent()).toMatch(/cat|dog/);
    await field(page).pressSequentially('rocket', { delay: 120 });
    await expect.poll(() => verdict(page).textContent()).toBe('rocket');
    expect(await labelsOf(page)).toEqual(expect.arrayContaining(['cat', 'dog', 'rocket']));
    expect(await rows(page).first().locator('.ranked-label').textContent()).toBe('rocket'); // before it is kept
    await field(page).press('Enter');
    await expect.poll(() => page.getByRole('button', { name: 'Remove rocket', exact: true }).count()).toBe(1);
    expect(tab.requests.filter((request) => request === 'POST /v1/embeddings')).toHaveLength(1);
    expect(tab.requests.filter((request) => request === 'POST /v1/rank').length).toBeGreaterThanOrEqual(3);
    expect(tab.requests.filter((request) => request === 'POST /v1/classify')).toHaveLength(0);
  });

  test.each(['drop', 'paste'] as const)('a picture can be given by %s', async (kind) => {
    await addLabels(page, 'cup of coffee, rocket, cat');
    await give(page, kind, 'coffee.jpg');
    await expect.poll(() => verdict(page).textContent()).toBe('cup of coffee');
  });

  test('a picture can be taken with the camera', async () => {
    await addLabels(page, 'test card, cat');
    await page.getByRole('button', { name: 'Take a picture' }).click();
    await page.getByRole('button', { name: 'Take the picture' }).click();
    await expect.poll(() => verdict(page).textContent()).toMatch(/test card|cat/);
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  test('a sample and a list are enough to begin', async () => {
    await page.getByRole('button', { name: 'Animals' }).click();
    await page.getByRole('button', { name: 'a cat', exact: true }).click();
    await expect.poll(() => verdict(page).textContent()).toBe('cat');
  });

  test('labels are removed, pasted as a list, edited as text, and kept when the page is loaded again', async () => {
    await addLabels(page, 'cat, dog, rabbit');
    await page.getByRole('button', { name: 'Remove dog' }).click();
    await expect.poll(() => labelsOf(page)).toEqual(['cat', 'rabbit']);
    await field(page).fill('cat,');
    await expect.poll(() => page.getByText('“cat” is in the list already.').count()).toBe(1);
    await page.getByRole('button', { name: 'Edit as text' }).click();
    await page.getByRole('textbox', { name: 'One label a line' }).fill('owl\nred panda');
    await page.reload();
    await expect.poll(() => labelsOf(page)).toEqual(['owl', 'red panda']);
  });

  test('a wording of one’s own, several labels and "none of these" change the answer', async () => {
    await choose(page, 'rocket.jpg');
    await addLabels(page, 'cat, dog');
    await page.getByText('How to answer').click();
    await page.getByRole('switch', { name: 'It may be none of these' }).click();
    await page.locator('.none-row').waitFor({ timeout: 180_000 }); // the words for everything else are embedded once
    await expect.poll(() => verdict(page).textContent()).toBe('None of these');
    await page.getByRole('switch', { name: 'Several labels may be right' }).click();
    await addLabels(page, 'rocket');
    await expect.poll(() => verdict(page).textContent()).toContain('rocket');
    await page.getByRole('switch', { name: 'Several labels may be right' }).click();
    await page.getByRole('switch', { name: 'It may be none of these' }).click();
    const shares = () => rows(page).locator('.ranked-share').allTextContents();
    await expect.poll(() => verdict(page).textContent()).toBe('rocket');
    await page.getByRole('combobox', { name: 'Wording' }).selectOption('own');
    await page.getByRole('textbox', { name: /One wording a line/ }).fill('a photo of something that is not {}');
    const asked = page.waitForRequest((request) => request.postData()?.includes('that is not {}') === true);
    await asked;
    await expect.poll(async () => (await shares()).length).toBe(3);
    await page.getByRole('textbox', { name: /One wording a line/ }).fill('a photo');
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('{}');
  });

  test('"why" shows which part of the picture matters, and what came second', async () => {
    await choose(page, 'cat.jpg');
    await addLabels(page, 'cat, dog, rocket');
    await page.getByRole('button', { name: 'Why?' }).click();
    await expect.poll(() => page.getByText('What came second').count(), { timeout: 60_000 }).toBe(1);
    expect(await page.locator('.why').textContent()).toMatch(/dog/);
    expect(await page.getByRole('img', { name: /parts that matter/ }).count()).toBe(1);
    await page.getByRole('button', { name: 'Why?' }).click();
    expect(await page.getByRole('img', { name: /parts that matter/ }).count()).toBe(0);
  });

  test('two lists of labels are compared side by side', async () => {
    await choose(page, 'temple.jpg');
    await addLabels(page, 'temple, cat');
    await page.getByRole('button', { name: 'Compare' }).click();
    const second = page.getByRole('textbox', { name: 'Add a label to second labels' });
    await second.fill('indoors, outdoors,');
    await expect.poll(() => page.locator('.verdict-label').count()).toBe(2);
    expect(await labelsOf(page, 'First labels, best first')).toEqual(['temple', 'cat']);
    expect(new Set(await labelsOf(page, 'Second labels, best first'))).toEqual(new Set(['indoors', 'outdoors']));
    await page.getByRole('button', { name: 'Stop comparing' }).click();
    await expect.poll(() => page.locator('.verdict-label').count()).toBe(1);
  });

  test('several pictures have their labels beneath them, and go one by one', async () => {
    await addLabels(page, 'cat, rocket, flower');
    await choose(page, 'cat.jpg', 'rocket.jpg', 'flower.jpg');
    await expect.poll(() => page.locator('.film-label').allTextContents()).toEqual(['cat', 'rocket', 'flower']);
    await page.getByRole('button', { name: 'rocket.jpg: rocket' }).click();
    await expect.poll(() => verdict(page).textContent()).toBe('rocket');
    await page.getByRole('button', { name: 'Remove rocket.jpg' }).click();
    await expect.poll(() => page.locator('.film-label').allTextContents()).toEqual(['cat', 'flower']);
    await expect.poll(() => verdict(page).textContent()).toBe('flower');
  });

  test('a file that is no picture is named in plain words', async () => {
    await page.locator('input[data-role=choose]').setInputFiles(join(ROOT, 'package.json'));
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('not a picture that labelwise reads');
  });

  test('the keyboard alone is enough', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Skip');
    await page.keyboard.press('Enter');
    const press = async (key: string, times = 1): Promise<void> => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '');
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 40 && (await focused()) !== name; i++) await press('Tab');
      expect(await focused()).toBe(name);
    };
    await tabTo('a rocket');
    await press('Enter');
    await tabTo('Add a label to labels');
    await page.keyboard.type('rocket');
    await press('Enter');
    await page.keyboard.type('sailing boat');
    await press('Enter');
    await expect.poll(() => verdict(page).textContent()).toBe('rocket');
    await tabTo('Remove sailing boat');
    await press('Enter');
    await expect.poll(() => labelsOf(page)).toEqual(['rocket']);
  });
});

describe.skipIf(!CHROMIUM)('a service with keys', () => {
  test('asks for one, keeps it for the tab alone, and says what a key may not do', async () => {
    await using service = await openPageService({ photos: 6, hasKeys: true });
    const browser = await openBrowser();
    const { page, context, faults } = await openTab(browser, service.origin);
    const key = page.getByLabel('Key', { exact: true });
    await key.fill('wrong');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect.poll(() => page.getByText('This key is not known here.').count()).toBe(1);
    await key.fill(service.keys.read);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect.poll(() => page.getByText('pocket').count()).toBe(1);
    await page.getByRole('link', { name: 'Library', exact: true }).click();
    const first = page.locator('.cell-button').first();
    await expect.poll(() => first.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0); // an <img> sends no key
    await first.click();
    await page.getByRole('combobox', { name: 'Add a tag' }).fill('mine');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByText('may look, but not change anything').count()).toBeGreaterThan(0);
    const other = await context.newPage();
    await other.goto(service.origin);
    await expect.poll(() => other.getByRole('dialog').count()).toBe(1); // another tab asks again
    expect(faults).toEqual([]);
    await browser.close();
  });

  test('that ends while the page is open is said to be gone', async () => {
    const service = await openPageService({ photos: 0 });
    const browser = await openBrowser();
    const { page } = await openTab(browser, service.origin);
    await page.locator('.model').waitFor();
    await service[Symbol.asyncDispose]();
    await choose(page, 'cat.jpg');
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('does not answer');
    await browser.close();
  });
});
