/** All types that a user of the package can see, in one text: a change of them shows in a diff. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { doorsOf } from './api-pages.mjs';

export function publicTypes(root) {
  const texts = new Map();
  const visit = (path) => {
    if (texts.has(path)) return;
    const text = readFileSync(path, 'utf8');
    texts.set(path, text);
    for (const [, target] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g)) visit(join(dirname(path), `${target}.d.ts`));
  };
  for (const [, types] of doorsOf(root)) visit(join(root, types));
  const sections = [...texts].map(
    ([path, text]) => `// ${relative(join(root, 'dist'), path).replaceAll('\\', '/')}\n${withoutComments(text)}`,
  );
  return `${sections.sort().join('\n')}`;
}

const withoutComments = (text) => text.replaceAll(/\/\*\*[\s\S]*?\*\/|^\/\/# .*$/gm, '').replaceAll(/^\s*\n/gm, '');
