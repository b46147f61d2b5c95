import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { ERROR_CATALOGUE } from 'labelwise';
import { expect, test } from 'vitest';
import { VERSION } from '../../dist/files/package-root.js';
import { ROOT } from '../fixtures/paths.js';

const sources = readdirSync(`${ROOT}src`, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: relative(`${ROOT}src`, path), text: readFileSync(path, 'utf8') }));

/** Which files may import a package, statically or not. */
const HOMES: Record<string, RegExp> = {
  'onnxruntime-node': /^encoders\/engines\/onnxruntime\/(open-session|onnxruntime-session)\.ts$/,
  koffi: /^(encoders\/engines\/(openvino\/openvino-library|onnxruntime\/return-memory)|images\/decode\/libvips)\.ts$/,
  sharp: /^images\/(?:load-sharp|decode-image|decode\/[a-z-]+)\.ts$/,
  '@lancedb/lancedb': /^store\//,
  'apache-arrow': /^store\//,
  '@huggingface/hub': /^hub\/hub-client\.ts$/,
  hyparquet: /^datasets\/parquet\//,
  'hyparquet-compressors': /^datasets\/parquet\//,
  'modern-tar': /^datasets\/cifar\/read-tar\.ts$/,
  picomatch: /^datasets\/repo\/glob\.ts$/,
  'pure-rand/generator/xoroshiro128plus': /^eval\/measures\/random-integers\.ts$/,
  'umap-js': /^tasks\/discover\/place-images\.ts$/,
  yaml: /^(?:datasets\/repo\/dataset-card|checkpoints\/model-card)\.ts$/,
  exifreader: /^images\/(?:read-photo-facts|apple-note)\.ts$/,
  saxes: /^xmp\/parse-xml\.ts$/,
  'hyparquet-writer': /^(tasks\/export\/parquet-sink|eval\/results\/write-predictions)\.ts$/,
  '@huggingface/tokenizers': /^encoders\/text\/text-tokenizer\.ts$/,
};

test.each(Object.entries(HOMES))('%s is imported in its own room alone', (name, home) => {
  const importers = sources
    .filter(({ text }) => new RegExp(`(?:from|import\\(|[rR]equire(?:\\(\\))?\\()\\s*'${name.replace('/', '\\/')}'`).test(text))
    .map(({ path }) => path);
  expect(importers.length).toBeGreaterThan(0);
  expect(importers.filter((path) => !home.test(path))).toEqual([]);
});

test('nothing below the doors looks at the environment, the current folder or stdout', () => {
  const doors = /^(?:library|cli|testing)\/|^encoders\/engines\/session-worker\.ts$/; // the last is a process of its own
  const found = sources
    .filter(({ path, text }) => !doors.test(path) && /process\.(?:env|cwd|stdout|exit|exitCode)\b/.test(text))
    .map(({ path }) => path);
  expect(found).toEqual([]);
});

test('the core imports no file system, network, clock, process or native package', () => {
  const imports = sources
    .filter(({ path }) => path.startsWith('core/'))
    .flatMap(({ path, text }) => [...text.matchAll(/from '([^.][^']*)'/g)].map(([, name]) => `${path}: ${name}`));
  expect(imports).toEqual(['core/fingerprint.ts: @noble/hashes/sha2.js', 'core/fingerprint.ts: @noble/hashes/utils.js']);
});

test('one module alone asks where it stands, so that bundlers can move all the others', () => {
  expect(sources.filter(({ text }) => text.includes('import.meta')).map(({ path }) => path)).toEqual(['files/package-root.ts']);
});

test('no function returns a promise that it does not await where it disposes of what the work uses', () => {
  const found = sources.flatMap(({ path, text }) => {
    const lines = text.split('\n');
    return lines.flatMap((line, at) => {
      if (!/^\s*await using /.test(line)) return [];
      const indent = line.search(/\S/);
      const rest = lines.slice(at + 1);
      const end = rest.findIndex((other) => other.trim() !== '' && other.search(/\S/) < indent);
      return rest.slice(0, end).flatMap((other) => (/\breturn (?!await )[\w.]+\(/.test(other) ? [`${path}: ${other.trim()}`] : []));
    });
  });
  expect(found).toEqual([]);
});

test('no message below the command line names a flag, except in a whole command', () => {
  const help = readFileSync(`${ROOT}docs/reference/cli.md`, 'utf8');
  const flags = new Set(help.match(/--[a-z][a-z-]+/g));
  const found = sources
    .filter(({ path }) => !path.startsWith('cli/'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => {
        const code = line.replace(/^\s*(?:\/?\*|\/\/).*|\s\/\/ .*/, '').replace(/labelwise [a-z](?:[^.;:"]|\.(?=\S))*/g, '');
        return (code.match(/--[a-z][a-z-]+/g) ?? []).filter((flag) => flags.has(flag)).map((flag) => `${path}: ${flag}`);
      }),
    );
  expect(flags.size).toBeGreaterThan(50);
  expect(found).toEqual([]);
});

test('the version in the code is that of package.json', () => {
  expect(VERSION).toBe((JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string }).version);
});

/** Rooms from the bottom up: a room imports only those before it. */
const ROOMS = [
  ...['core', 'files', 'home', 'hub', 'images', 'checkpoints', 'graphs', 'encoders', 'datasets', 'store', 'xmp', 'ingest', 'eval'],
  ...['tasks', 'pages', 'rows', 'library', 'server', 'mcp', 'jobs', 'config', 'local', 'cli'],
];
const roomOf = (path: string): string => path.split('/')[0] as string;
const importsOf = ({ path, text }: (typeof sources)[number]): string[] =>
  [...text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map(([, name]) => normalize(join(dirname(path), name as string)));

test('every folder of src is a room', () => {
  const doors = ['testing', 'client'];
  const folders = new Set(sources.filter(({ path }) => path.includes('/')).map(({ path }) => roomOf(path)));
  expect([...folders].filter((folder) => !ROOMS.includes(folder) && !doors.includes(folder))).toEqual([]);
});

test.each(ROOMS)('%s imports only the rooms below it', (room) => {
  const allowed = [...ROOMS.slice(0, ROOMS.indexOf(room) + 1), 'errors.js'];
  const own = sources.filter(({ path }) => roomOf(path) === room);
  expect(
    own.flatMap((file) =>
      importsOf(file)
        .filter((to) => !allowed.includes(roomOf(to)))
        .map((to) => `${file.path}: ${to}`),
    ),
  ).toEqual([]);
});

test('the client of the service imports nothing but its own files', () => {
  const own = sources.filter(({ path }) => roomOf(path) === 'client');
  expect(own.flatMap(importsOf).filter((path) => roomOf(path) !== 'client')).toEqual([]);
  expect(own.flatMap(({ text }) => [...text.matchAll(/from '([^.][^']*)'/g)])).toEqual([]);
});

test('the linter has a row for each room, in the same order', () => {
  const { overrides } = JSON.parse(readFileSync(`${ROOT}biome.json`, 'utf8'));
  const rows = overrides.flatMap((row: { includes: string[]; linter: { rules: { style: Record<string, unknown> } } }) =>
    'noRestrictedImports' in row.linter.rules.style ? row.includes : [],
  );
  expect(rows).toEqual(ROOMS.slice(0, -1).map((room) => `src/${room}/**`));
});

test('no files import each other in a circle, types included', () => {
  const graph = new Map(sources.map((file) => [file.path, importsOf(file).map((to) => to.replace(/\.js$/, '.ts'))]));
  const circles: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'open') circles.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
    if (state.has(path)) return;
    state.set(path, 'open');
    for (const to of graph.get(path) ?? []) visit(to, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of graph.keys()) visit(path, []);
  expect(circles).toEqual([]);
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
