/** The reference page of each door, made by TypeDoc from the types that tsc wrote. TypeDoc has a TypeScript of its own: see api-docs/. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** The doors of package.json: each name with its file of types. */
export function doorsOf(root) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports).flatMap(([name, { types }]) => (types ? [[name.replace('.', 'labelwise'), types]] : []));
}

/** Pages by path. */
export function apiPages(root) {
  // What two doors export is described by the first that TypeDoc reads, so the front door, which exports the core again, comes last.
  const doors = doorsOf(root).sort((a, b) => b[0].split('/').length - a[0].split('/').length);
  const out = mkdtempSync(join(tmpdir(), 'labelwise-api-'));
  const folder = join(root, 'scripts/api-docs');
  const args = [
    'node_modules/typedoc/bin/typedoc',
    '--options',
    'typedoc.json',
    '--out',
    out,
    ...doors.map(([, types]) => join(root, types)),
  ];
  try {
    const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`TypeDoc ended with ${status}`);
    const files = readdirSync(out, { recursive: true }).filter((name) => name.endsWith('.md') && name !== 'README.md');
    return Object.fromEntries(files.map((name) => [`docs/reference/api/${basename(name)}`, toPage(readFileSync(join(out, name), 'utf8'))]));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** TypeDoc calls a door by its folder, and gives a chapter to each name that another door describes. */
function toPage(text) {
  const elsewhere = [];
  const chapters = text
    .replace(
      /^# (?:library\/)?(\S+)\n/,
      (_, name) => `# ${name === 'index' ? 'labelwise' : `labelwise/${name}`}\n\nMade by \`npm run docs\` from the types.\n`,
    )
    .replaceAll(/<a id="[^"]*"><\/a> /g, '')
    .replaceAll(/\]\((?:\.\.\/|library\/)+/g, '](') // all pages are in one folder
    .split('\n\n***\n\n')
    .filter((chapter) => {
      const [, link] = /^## \S+\n\nRe-exports (\[.*\))\s*$/.exec(chapter) ?? [];
      if (link) elsewhere.push(link);
      return !link;
    });
  if (elsewhere.length > 0) chapters.push(`## Described elsewhere\n\n${elsewhere.join(', ')}\n`);
  return chapters.join('\n\n***\n\n');
}
