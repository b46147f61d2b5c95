import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IMAGE_COLUMNS } from '../../dist/store/image-table-schema.js';
import { spawnNode } from '../fixtures/cli.js';
import { ROOT } from '../fixtures/paths.js';

test('the guide of many machines names every column of an index, for programs in Python', () => {
  const guide = readFileSync(`${ROOT}docs/guides/many-machines.md`, 'utf8');
  const table = guide.slice(guide.indexOf('| column | type |'), guide.indexOf('Tags are tables'));
  const named = [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) =>
    [...(cell as string).matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(named.toSorted()).toEqual(IMAGE_COLUMNS.toSorted());
});

test.skipIf(!existsSync(`${ROOT}scripts/api-docs/node_modules`))(
  'the generated pages, the snapshot of the public types and all links are up to date',
  async () => {
    const { code, stderr } = await spawnNode(['scripts/write-docs.mjs', '--check'], { cwd: ROOT });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  },
);
