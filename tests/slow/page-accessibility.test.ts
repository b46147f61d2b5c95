/// <reference lib="dom" />
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, findBarriers, openBrowser, openTab } from '../fixtures/browser.js';
import { openPageService, type PageService } from '../fixtures/page-service.js';
import { ROOT } from '../fixtures/paths.js';

/** Each state of the page, and how one gets there. */
const STATES: Record<string, (page: Page) => Promise<void>> = {
  'nothing yet': async () => {},
  'a picture with labels, options and the reasons': async (page) => {
    await page.locator('input[data-role=choose]').setInputFiles(['cat', 'rocket'].map((name) => join(ROOT, `demo/photos/${name}.jpg`)));
    await page.getByRole('textbox').first().fill('cat, dog, red panda,');
    await page.getByText('How to answer').click();
    await page.getByRole('switch', { name: 'It may be none of these' }).click();
    await page.locator('.none-row').waitFor({ timeout: 180_000 }); // the words for everything else are embedded once
    await page.getByRole('button', { name: 'Why?' }).click();
    await page.getByText('What came second').waitFor({ timeout: 60_000 });
  },
  'two lists beside each other': async (page) => {
    await page.getByRole('button', { name: 'Animals' }).click();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('button', { name: 'a cat', exact: true }).click();
    await page.locator('.verdict').waitFor();
  },
  'a picture that cannot be read': async (page) => {
    await page.locator('input[data-role=choose]').setInputFiles(join(ROOT, 'package.json'));
    await page.getByRole('alert').waitFor();
  },
  'the camera': async (page) => {
    await page.getByRole('button', { name: 'Take a picture' }).click();
    await page.getByRole('dialog').waitFor();
  },
  'the library with filters and a selection': async (page) => {
    await goTo(page, 'Library');
    await page.locator('.cell-button').nth(2).waitFor();
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByRole('button', { name: 'Select' }).click();
    await page.locator('.cell-button').nth(1).click();
    await page.getByRole('button', { name: 'Teach …' }).click();
    await page.locator('.teach').waitFor();
  },
  'a picture of the library, with a tag and a toast': async (page) => {
    await goTo(page, 'Library');
    await page.locator('.cell-button').nth(1).click();
    await page.getByRole('combobox', { name: 'Add a tag' }).fill('seen');
    await page.keyboard.press('Enter');
    await page.locator('.viewer .toast').waitFor();
    await page.locator('.viewer .tag').first().waitFor();
  },
  'a search that finds nothing': async (page) => {
    await goTo(page, 'Library');
    await page.getByRole('searchbox').fill('tag:nowhere');
    await page.getByRole('heading', { name: 'No picture fits' }).waitFor();
  },
  'the label sets': async (page) => {
    await goTo(page, 'Label sets');
    await page.getByRole('link', { name: /^cifar100\s*100$/ }).waitFor();
  },
  'a label set': async (page) => {
    await page.goto(`${page.url().replace(/#.*/, '')}#/labels?set=cifar100`);
    await page.locator('.label-set').waitFor();
  },
  'a label set that is written': async (page) => {
    await goTo(page, 'Label sets');
    await page.getByRole('button', { name: 'New' }).click();
    await page.getByLabel(/^Name/).waitFor();
  },
  'an index run': async (page) => {
    await goTo(page, 'Index');
    await page.getByRole('button', { name: 'Bring up to date' }).click();
    await page.locator('.job .figures').first().waitFor();
  },
};

const goTo = (page: Page, view: string): Promise<void> => page.getByRole('link', { name: view, exact: true }).click();

describe.skipIf(!CHROMIUM).each([390, 820, 1280])('at %d pixels', (width) => {
  let browser: Browser;
  let service: PageService;

  beforeAll(async () => {
    service = await openPageService({ photos: 24 });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  test.each(Object.keys(STATES))('axe finds nothing, and nothing is wider than the screen: %s', async (state) => {
    const { page, context, faults } = await openTab(browser, service.origin, { width });
    await STATES[state]?.(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findBarriers(page), colorScheme).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(faults).toEqual([]);
    await context.close();
  });
});
