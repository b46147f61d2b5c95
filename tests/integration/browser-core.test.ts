import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { scoreInPage } from '../fixtures/core-page.js';
import { ROOT } from '../fixtures/paths.js';

test('labelwise/core bundles for browsers and gives the same answers without anything of Node', async () => {
  const { outputFiles } = await build({
    entryPoints: [`${ROOT}tests/fixtures/core-page.ts`],
    bundle: true,
    write: false,
    platform: 'browser', // a built-in module of Node fails the build
    format: 'iife',
    globalName: 'page',
    logLevel: 'silent',
  });
  // TextEncoder belongs to browsers, not to the language: a bare context lacks it.
  const page = runInNewContext(`${outputFiles[0]?.text}; page.scoreInPage()`, { TextEncoder });
  expect(await page).toBe(await scoreInPage());
  expect(JSON.parse(await page)).toMatchObject({ predictions: [{ label: 'cat' }, {}, {}], refusal: { code: 'TEMPLATE_INVALID' } });
});
