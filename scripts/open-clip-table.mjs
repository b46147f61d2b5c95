/** The table in docs/reference/checkpoints.md of open_clip's configurations, from the list that the tests hold against open_clip. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function checkpointsPage(root) {
  const { version, configurations } = JSON.parse(readFileSync(join(root, 'tests/parity/open-clip.json'), 'utf8'));
  const all = Object.values(configurations);
  const isRun = ({ refused }) => refused === undefined;
  const rows = [...new Set(all.map(({ tower }) => tower))].sort().map((tower) => {
    const same = all.filter((configuration) => configuration.tower === tower);
    return `| ${tower} | ${same.length} | ${same.filter(isRun).length} |`;
  });
  const text = `open_clip ${version} has ${all.length} configurations with public weights. labelwise runs ${all.filter(isRun).length} of them.\n\n| tower | configurations | run |\n|---|---|---|\n${rows.join('\n')}`;
  const page = readFileSync(join(root, 'docs/reference/checkpoints.md'), 'utf8');
  return page.replace(/(<!-- open-clip -->\n\n)[\s\S]*?(\n\n<!-- \/open-clip -->)/, (_, before, after) => `${before}${text}${after}`);
}
