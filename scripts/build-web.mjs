/** Builds the page of `labelwise serve` from web/ into dist/web: hashed names, nothing inline, nothing from outside. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { licencesOf } from './bundled-licences.mjs';

/** `dist` is where the build goes. */
export async function buildWeb(root, dist) {
  const outDir = join(dist, 'web');
  const { output } = await build({
    root: join(root, 'web'),
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    base: '/',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir,
      emptyOutDir: true,
      target: ['chrome111', 'firefox114', 'safari16.4'],
      assetsInlineLimit: 0, // the content policy refuses data: addresses of scripts and styles
      modulePreload: { polyfill: false }, // an inline script
      reportCompressedSize: false,
    },
  });
  const modules = output.flatMap((file) => file.moduleIds ?? []);
  writeFileSync(join(outDir, 'LICENSES.txt'), licencesOf(modules));
}
