/**
 * Bundles the command line into dist/bin: its modules, and the libraries that each command needs, as few files. Node reads files one by
 * one, and zod alone is 95 of them (benchmarks/measure-start.mjs). The library stays as tsc writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { licencesOf } from './bundled-licences.mjs';

const IN_BUNDLE = ['zod', 'commander', '@commander-js/extra-typings', 'cli-progress', 'get-east-asian-width', '@noble/hashes', 'ignore'];

/** What `classify` loads, with all that it imports: one file, because each file costs a millisecond. The other commands need most of it too. */
const START = ['cli/run-cli.js', 'local/io.js', 'cli/commands/classify.js', 'tasks/open-zero-shot.js', 'encoders/load-encoder.js'];

/** What runs before anything else: a service that runs already may do all the rest. */
const FIRST = [
  ...['local/io.js', 'local/ask.js', 'local/frames.js', 'local/note.js'],
  ...['files/package-root.js', 'home/labelwise-home.js', 'errors.js'],
];

/** Comments and indents go, which are a quarter of the packed files; names stay, for stack traces. */
const WITHOUT_SPACE = { compress: false, mangle: false, codegen: { removeWhitespace: true } };

/** `dist` holds what tsc wrote. */
export async function bundleCli(root, dist) {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [start, first] = [START, FIRST].map((paths) => paths.map((path) => join(dist, path)));
  // Threads share no file with the command line, which would load what they do not need.
  const bundles = [
    [
      { labelwise: join(dist, 'cli/main.js') },
      [
        { name: 'first', test: (id) => first.includes(id), priority: 2 },
        { name: 'start', test: (id) => start.includes(id), priority: 1 },
      ],
    ],
    [{ 'prepare-worker': join(dist, 'images/pool/prepare-worker.js') }],
    [{ 'session-worker': join(dist, 'encoders/engines/session-worker.js') }],
  ];
  const files = [];
  for (const [input, groups = []] of bundles) {
    const bundle = await rolldown({
      input,
      preserveEntrySignatures: false,
      checks: { ineffectiveDynamicImport: false }, // what the library loads late is in the first file here
      platform: 'node',
      external: Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !IN_BUNDLE.includes(name))
        .flatMap((name) => [name, new RegExp(`^${name}/`)]), // hono/body-limit too: two copies of a class do not know each other
      plugins: [keepAddresses(dist)],
    });
    const { output } = await bundle.write({
      dir: join(dist, 'bin'),
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
      minify: WITHOUT_SPACE,
      codeSplitting: { groups },
    });
    files.push(...output);
  }
  files.push(...(await bundleLanceDb(root, dist)));
  writeFileSync(join(dist, 'bin/LICENSES.txt'), licencesOf(files.flatMap((file) => file.moduleIds ?? [])));
}

/** LanceDB and Arrow, some 200 files, as one. It finds LanceDB's native library from where LanceDB is installed, as LanceDB itself does. */
async function bundleLanceDb(root, dist) {
  const bundle = await rolldown({
    input: { lancedb: join(root, 'scripts/lancedb-entry.cjs') },
    platform: 'node',
    external: [/^@lancedb\/lancedb-/, /\.node$/, /\.wasi\.cjs$/, '@huggingface/transformers', 'openai'],
  });
  const { output } = await bundle.write({
    dir: join(dist, 'bin'),
    format: 'cjs',
    entryFileNames: '[name].cjs',
    minify: WITHOUT_SPACE,
    codeSplitting: false,
    banner: "require = require('node:module').createRequire(require.resolve('@lancedb/lancedb'));",
  });
  return output;
}

/** A module finds the package's files from where tsc put it. */
function keepAddresses(dist) {
  return {
    name: 'keep-addresses',
    transform(code, id) {
      if (!id.startsWith(dist)) return undefined;
      const address = `new URL('../${relative(dist, id).replaceAll(sep, '/')}', import.meta.url).href`;
      return { code: code.replaceAll('import.meta.url', address) };
    },
  };
}
