import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ERROR_CATALOGUE } from 'labelwise';
import { expect, test } from 'vitest';
import { ROOT } from '../fixtures/paths.js';

const sources = readdirSync(`${ROOT}src`, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: relative(`${ROOT}src`, path), text: readFileSync(path, 'utf8') }));

/** Which files may import a package, statically or not. */
const HOMES: Record<string, RegExp> = {
  'onnxruntime-node': /^encoders\/onnx\/(open-session|session-worker)\.ts$/,
  sharp: /^(encoders\/preprocess\/decode-image|cli\/render\/html-base|cli\/commands\/inspect)\.ts$/,
  '@lancedb/lancedb': /^store\//,
  'apache-arrow': /^store\//,
  '@huggingface/hub': /^hub\/hub-client\.ts$/,
  hyparquet: /^datasets\/parquet\//,
  'hyparquet-compressors': /^datasets\/parquet\//,
  yaml: /^datasets\/repo\/dataset-card\.ts$/,
  exifreader: /^ingest\/read-photo-facts\.ts$/,
  saxes: /^xmp\/parse-xml\.ts$/,
  'hyparquet-writer': /^(cli\/render\/export-parquet|eval\/results\/write-predictions)\.ts$/,
  '@huggingface/tokenizers': /^encoders\/text\/text-tokenizer\.ts$/,
};

test.each(Object.entries(HOMES))('%s is imported in its own room alone', (name, home) => {
  const importers = sources
    .filter(({ text }) => new RegExp(`(?:from|import\\(|require\\()\\s*'${name.replace('/', '\\/')}'`).test(text))
    .map(({ path }) => path);
  expect(importers.length).toBeGreaterThan(0);
  expect(importers.filter((path) => !home.test(path))).toEqual([]);
});

test('the core imports no file system, network, clock, process or native package', () => {
  const imports = sources
    .filter(({ path }) => path.startsWith('core/'))
    .flatMap(({ path, text }) => [...text.matchAll(/from '([^.][^']*)'/g)].map(([, name]) => `${path}: ${name}`));
  expect(imports).toEqual(['core/fingerprint.ts: node:crypto']);
});

/** Rooms by what they may not import. */
const FORBIDDEN: Record<string, RegExp> = {
  hub: /\.\.\/(?:encoders|datasets|store|cli|core)\//,
  datasets: /\.\.\/(?:store|cli|eval|ingest)\//,
  encoders: /\.\.\/(?:store|cli|datasets|eval|ingest)\//,
};

test.each(Object.entries(FORBIDDEN))('the room %s imports none of the rooms above or beside it', (room, forbidden) => {
  const own = sources.filter(({ path }) => path.startsWith(`${room}/`));
  expect(own.length).toBeGreaterThan(0);
  const imports = own.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map(([, name]) => `${path}: ${name}`),
  );
  expect(imports.filter((line) => forbidden.test(line))).toEqual([]);
});

test('every error code stands in docs/reference/errors.md, and none besides', () => {
  const page = readFileSync(`${ROOT}docs/reference/errors.md`, 'utf8');
  expect([...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)).toEqual(Object.keys(ERROR_CATALOGUE));
});

test('every error code is thrown somewhere', () => {
  const thrown =
    sources
      .filter(({ path }) => path !== 'errors.ts')
      .map(({ text }) => text)
      .join('\n') + readFileSync(`${ROOT}src/errors.ts`, 'utf8').split('class LabelwiseError')[1];
  expect(Object.keys(ERROR_CATALOGUE).filter((code) => !thrown.includes(`'${code}'`))).toEqual([]);
});
