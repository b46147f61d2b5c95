import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licences of the libraries in the bundle, which ask to go with it. */
export function licencesOf(modules) {
  const folders = new Set(modules.flatMap((id) => id.match(/^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/)?.[0] ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const texts = readdirSync(folder).filter((entry) => /^(?:licen[cs]e|notice|copyright)/i.test(entry));
      if (texts.length === 0) throw new Error(`${name} has no licence file`);
      return `${name} ${version}\n\n${texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')}\n`;
    })
    .join('\n----\n\n');
}
