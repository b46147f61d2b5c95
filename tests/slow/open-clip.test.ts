import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { compareWithOpenClip } from '../fixtures/open-clip.js';
import { readJson, temporaryFolder } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

/** Python with open_clip and timm, or the test is skipped: LABELWISE_PYTHON names the interpreter. */
const python = process.env.LABELWISE_PYTHON ?? 'python3';
const hasOpenClip = spawnSync(python, ['-c', 'import open_clip, sentencepiece, timm, transformers']).status === 0;
if (!hasOpenClip)
  console.warn(`skipped: ${python} lacks open_clip_torch, timm, transformers or sentencepiece (pip install them, or set LABELWISE_PYTHON)`);

/** Each configuration of open_clip with public weights: its tower, and the feature for which labelwise refuses it. */
const TABLE = readJson<{ version: string; configurations: Record<string, { tower: string; refused?: string }> }>(
  `${PARITY}/open-clip.json`,
);
const NAMES = Object.keys(TABLE.configurations);
const run = (...args: string[]) =>
  spawnSync(python, [`${PARITY}/build/open_clip_towers.py`, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });

describe.skipIf(!hasOpenClip)('every configuration of open_clip with public weights', () => {
  let folder: string;

  beforeAll(() => {
    folder = process.env.LABELWISE_OPEN_CLIP ?? temporaryFolder(); // a folder that open_clip_towers.py filled before
    if (process.env.LABELWISE_OPEN_CLIP) return;
    const { stdout, status } = run(folder);
    expect([status, stdout.split('\n').filter((line) => line.includes('"error"'))]).toEqual([0, []]);
  }, 1_200_000);

  test('the table lists those that open_clip lists', () => {
    const { version, names } = JSON.parse(run('--list').stdout) as { version: string; names: string[] };
    if (version === TABLE.version) expect(NAMES.toSorted()).toEqual(names.toSorted());
    expect(NAMES.length).toBe(115);
  });

  test.each(NAMES)('%s runs in step with open_clip, or is refused by the name of a feature', async (name) => {
    const { refused } = TABLE.configurations[name] as { refused?: string };
    const compared = compareWithOpenClip(`${folder}/${name}`);
    if (refused !== undefined) {
      await expect(compared).rejects.toMatchObject({ code: 'CHECKPOINT_UNSUPPORTED', message: expect.stringContaining(refused) });
      return;
    }
    const { texts, images, otherIds } = await compared;
    expect(otherIds).toEqual([]);
    expect(texts).toBeGreaterThan(0.999999);
    expect(images).toBeGreaterThan(0.999999);
  });
});
