import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { findDifferences, type MutatedTokenizers } from '../fixtures/mutated-tokenizers.js';
import { readJson, temporaryFolder } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';

/** Python with transformers and open_clip, or the test is skipped: LABELWISE_PYTHON names the interpreter. */
const python = process.env.LABELWISE_PYTHON ?? 'python3';
const hasTransformers = spawnSync(python, ['-c', 'import transformers, open_clip, sentencepiece']).status === 0;
if (!hasTransformers)
  console.warn(
    `skipped: ${python} lacks transformers, open_clip_torch or sentencepiece (pip install -r tests/parity/build/requirements.txt, or set LABELWISE_PYTHON)`,
  );

/** Other mutations than those committed; LABELWISE_MUTATIONS says how many of each checkpoint. */
const COUNT = process.env.LABELWISE_MUTATIONS ?? '12';

test.skipIf(!hasTransformers)(
  '200 fresh mutations of the files of tokenizers are refused, or give the ids that transformers gives',
  async () => {
    const out = `${temporaryFolder()}/mutations.json`;
    const seed = process.env.LABELWISE_SEED ?? '22';
    const { status, stderr } = spawnSync(python, [`${PARITY}/build/tokenizer_mutations.py`, PARITY, out, COUNT, seed], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const sample = readJson<MutatedTokenizers>(out);
    const { silent, same, refused } = await findDifferences(sample);
    console.log(`${sample.rows.length} mutations, seed ${seed}: ${same} the same as in Python, ${refused} refused`);
    expect(silent).toEqual([]);
  },
);
