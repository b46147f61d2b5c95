/** The page with the drawing of the imports between the rooms of src, made from the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export function importsPage(root) {
  const src = join(root, 'src');
  const imports = new Map(); // room -> the rooms that it imports
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
    const path = relative(src, join(entry.parentPath, entry.name));
    const text = readFileSync(join(src, path), 'utf8');
    for (const [, name] of text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)) {
      const [from, to] = [path, normalize(join(dirname(path), name))].map(roomOf);
      if (!imports.has(from)) imports.set(from, new Set());
      if (from !== to) imports.get(from).add(to);
    }
  }
  const levels = levelsOf(imports);
  const arrows = [...imports].flatMap(([from, rooms]) => {
    const others = [...rooms];
    const isImplied = (room) => others.some((other) => other !== room && reaches(imports, other, room));
    return others.filter((room) => !isImplied(room)).map((room) => `  ${from} --> ${room}`);
  });
  const order = [...levels].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).map(([room]) => `  ${room}`);
  return `# Imports\n\nThe rooms of src and what they import. Every arrow points down. Arrows that follow from others are omitted.\nMade by \`npm run docs\` from the code. The command fails if there is a circle.\n\n\`\`\`mermaid\nflowchart TB\n${[...order, ...arrows.sort()].join('\n')}\n\`\`\`\n`;
}

const roomOf = (path) => (path.includes('/') ? path.split('/')[0] : path.replace(/\.[jt]s$/, ''));

function reaches(imports, from, to) {
  return [...(imports.get(from) ?? [])].some((room) => room === to || reaches(imports, room, to));
}

/** How high each room stands above those that import nothing. @throws where rooms import each other in a circle */
function levelsOf(imports) {
  const levels = new Map();
  const visit = (room, path) => {
    if (path.includes(room)) throw new Error(`rooms import each other in a circle: ${[...path, room].join(' -> ')}`);
    if (!levels.has(room))
      levels.set(room, 1 + Math.max(-1, ...[...(imports.get(room) ?? [])].map((other) => visit(other, [...path, room]))));
    return levels.get(room);
  };
  for (const room of imports.keys()) visit(room, []);
  return levels;
}
