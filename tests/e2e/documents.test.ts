import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { spawnNode } from '../fixtures/cli.js';
import { ROOT } from '../fixtures/paths.js';

test.skipIf(!existsSync(`${ROOT}scripts/api-docs/node_modules`))(
  'the generated pages, the snapshot of the public types and all links are up to date',
  async () => {
    const { code, stderr } = await spawnNode(['scripts/write-docs.mjs', '--check'], { cwd: ROOT });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  },
);
