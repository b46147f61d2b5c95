/** Whether dist/ is what a build would make: it holds a hash of everything that went into it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['src', 'assembly', 'web'];
const SCRIPTS = ['build.mjs', 'build-web.mjs', 'bundle-cli.mjs', 'bundled-licences.mjs', 'lancedb-entry.cjs'];
const FILES = ['package-lock.json', 'tsconfig.json', ...SCRIPTS.map((name) => `scripts/${name}`)];
const NOTE = '.inputs';

export const noteIn = (dist) => join(dist, NOTE);

export function hashInputs(root) {
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const hash = createHash('sha256');
  for (const path of [...sources, ...FILES.map((name) => join(root, name))].sort()) {
    const bytes = readFileSync(path);
    hash.update(`${path.slice(root.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

export function isUpToDate(root) {
  const note = noteIn(join(root, 'dist'));
  return existsSync(note) && readFileSync(note, 'utf8') === hashInputs(root);
}
