import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from 'labelwise/datasets';
import type { Results } from 'labelwise/eval';
import { expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { goodExamples } from '../fixtures/examples.js';
import { useHub } from '../fixtures/hub-case.js';
import { readFolder } from '../fixtures/hub-server.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { DATA, hasData } from '../fixtures/paths.js';

const hub = useHub();
const MINI = `${DATA}/cifar100-mini`;

async function evaluate(source: string, ...flags: string[]): Promise<Results> {
  const { code, stdout, stderr } = await cli(['eval', source, ...flags, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Results;
}

/** Sums in another order of images may differ in the last bits. */
function figures({ variants: [variant] }: Results) {
  if (variant === undefined) throw new Error('no variant');
  const { topK, meanPerClassRecall, negativeLogLikelihood, expectedCalibrationError } = variant.measures;
  const others = [meanPerClassRecall, negativeLogLikelihood, expectedCalibrationError].map((estimate) => estimate?.value as number);
  return { answers: variant.confusion, perClass: variant.perClass, values: [...topK.map(({ value }) => value), ...others] };
}

/** The same images as a folder for each label: bytes as they are. */
async function asFolder(): Promise<string> {
  const dataset = await openDataset(MINI, { labelColumn: 'fine_label' });
  const folder = join(temporaryFolder(), 'as-folder');
  for (const [i, { image, labels }] of (await goodExamples(dataset)).entries()) {
    const label = join(folder, dataset.labelNames[labels[0] as number] as string);
    mkdirSync(label, { recursive: true });
    writeFileSync(join(label, `${i}.png`), image as Uint8Array);
  }
  return folder;
}

test.skipIf(!hasData('cifar100-mini'))(
  'CIFAR-100-mini from Parquet, from a folder and from the hub: the same answers and figures (skipped without LABELWISE_DATA)',
  async () => {
    const parquet = await evaluate(MINI, '--label-column', 'fine_label');
    expect(parquet.images).toEqual({ total: 74, measured: 74, failed: 0 });
    const { answers, perClass, values } = figures(parquet);
    console.info(`CIFAR-100-mini: top-1 ${values[0]?.toFixed(3)}, top-5 ${values[1]?.toFixed(3)}`);
    expect(values[0]).toBeGreaterThan(0.28);

    const folder = figures(await evaluate(await asFolder(), '--label-set', 'cifar100'));
    expect(folder.answers).toEqual(answers);
    expect(folder.perClass).toEqual(perClass);
    expect(folder.values).toEqual(values.map((value) => expect.closeTo(value, 10)));

    hub.server.addRepo('datasets/maker/cifar100-mini', readFolder(MINI));
    const fromHub = await evaluate('maker/cifar100-mini', '--split', 'test', '--label-column', 'fine_label');
    expect(fromHub.data.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(figures(fromHub)).toEqual({ answers, perClass, values });
    expect(fromHub.variants[0]?.measures).toEqual(parquet.variants[0]?.measures);
  },
);
