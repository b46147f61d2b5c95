import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** docs/reference/compatibility.md: which checkpoints run, each held by a golden of its own architecture or layout. */
export function compatibilityPage(root) {
  const parity = join(root, 'tests/parity');
  const read = (path) => JSON.parse(readFileSync(join(parity, path), 'utf8'));
  const { rows, refused } = read('compatibility.json');
  const figures = read('figures.json');
  const openClip = existsSync(join(parity, 'open-clip.json')) ? read('open-clip.json') : { version: '', configurations: {} };

  function statusOf(kind) {
    const configuration = /^open_clip (.+)$/.exec(kind)?.[1];
    if (/^(?:towers|cases)\//.test(kind)) {
      return { runs: true, figure: kind.startsWith('towers') ? '0.999999' : '0.99999', reference: `open_clip ${openClip.version}` };
    }
    if (configuration === undefined) {
      const { reference } = read(`${kind}/golden.json`);
      return { runs: true, figure: figures[kind] ?? '0.99999', reference };
    }
    const known = openClip.configurations[configuration];
    const why = known === undefined ? 'not a configuration of open_clip' : known.refused;
    return { runs: why === undefined, figure: why === undefined ? '0.999999' : '', reference: `open_clip ${openClip.version}`, why };
  }

  const all = rows.map((row) => ({ ...row, ...statusOf(row.kind) }));
  const line = ({ name, kind, runs, convert, figure, reference, why }) =>
    `| ${name} | ${kind} | ${runs ? `runs${convert ? ', converted' : ''}` : `refused: ${why}`} | ${figure} | ${reference} |`;
  const names = all.filter(({ name, runs }) => runs && name.includes('/') && !name.includes(' ')).length;
  const counts = Object.values(openClip.configurations);
  return `# Compatibility

Made by \`npm run docs\` from tests/parity/compatibility.json and the goldens beside it.

${names} names run. A row names a checkpoint or a layout, and the tiny checkpoint of the same architecture and layout
that a test compares with its own library: the same token ids, the same pixels, and embeddings with at least this cosine. The large
checkpoints themselves are not part of the tests: \`labelwise models verify NAME\` checks one on your machine. Where a repository has its weights as a
pickle alone, labelwise refuses them and says [how to convert them](../guides/models.md#pickles). Rows marked "converted" were such when we last looked.

| checkpoint or layout | held by | status | lowest cosine | reference |
|---|---|---|---|---|
${all.map(line).join('\n')}

## OpenCLIP's configurations

Of the ${counts.length} configurations of open_clip ${openClip.version} with public weights, ${counts.filter(({ refused: why }) => why === undefined).length} run, and the others are refused with the reason
(tests/parity/open-clip.json).

## Refused

| checkpoint | why |
|---|---|
${refused.map(({ name, why }) => `| ${name} | ${why} |`).join('\n')}
`;
}
