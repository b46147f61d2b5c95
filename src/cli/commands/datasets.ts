import type { Example } from '../../datasets/dataset.js';
import { describeDataset, type ExampleRow, firstRows } from '../../datasets/describe-dataset.js';
import type { OpenedDataset } from '../../datasets/opened-dataset.js';
import { LabelwiseError } from '../../errors.js';
import { writeOutput } from '../../files/open-output.js';
import { resolveOutput } from '../../files/resolve-output.js';
import { type CliIo, writeLine } from '../../local/io.js';
import { renderThumbnail } from '../../rows/terminal-picture.js';
import { type Run, startRun } from '../context.js';
import { datasetCommand, openNamedDataset } from '../dataset-options.js';
import { baseCommand } from '../options.js';
import { readNumber } from '../read-number.js';
import { showsPictures } from '../render/paint.js';
import { toFlags } from '../to-flags.js';

/** `labelwise datasets`: what a data set holds, before anything is measured on it. */
export function datasetsCommand(io: CliIo) {
  return baseCommand('datasets').description('inspect data sets').addCommand(showCommand(io)).addCommand(pickCommand(io));
}

const SOURCE =
  'owner/name on the hub, a folder (Parquet, or one folder per label), or a .parquet, .csv, .tsv, .jsonl or CIFAR .tar.gz file';

function showCommand(io: CliIo) {
  return datasetCommand('show')
    .description('show the splits, columns, size, labels and first rows of a data set')
    .argument('<source>', SOURCE)
    .option('--rows <n>', 'number of rows', '5')
    .option('--json', 'print JSON')
    .action(async (source, flags) => {
      await using run = startRun(flags, io);
      const count = readNumber(flags.rows, { flag: '--rows', min: 0, isWhole: true });
      const dataset = await openNamedDataset(source, flags, run);
      const rows = (await firstRows(dataset, count, io.signal)).map(withFlags);
      if (flags.json) {
        const { examples: _examples, facts, ...rest } = dataset;
        await writeLine(io.stdout, JSON.stringify({ ...rest, ...facts, rows }, null, 2));
      } else for (const line of describeDataset(dataset, rows)) await writeLine(io.stdout, toFlags(line));
      run.say(`more: labelwise datasets pick ${source} --random --show`);
    });
}

const withFlags = (row: ExampleRow): ExampleRow =>
  row.error ? { ...row, error: { ...row.error, message: toFlags(row.error.message) } } : row;

function pickCommand(io: CliIo) {
  return datasetCommand('pick')
    .description('show one example of a data set')
    .argument('<source>', SOURCE)
    .option('--index <n>', 'position in the split, from 0')
    .option('--random', 'a random example')
    .option('--seed <n>', 'seed of the random choice: the same seed picks the same example')
    .option('--show', 'show the picture in the terminal')
    .option('--save <file>', 'save the picture with its original encoding')
    .option('--json', 'print JSON')
    .action(async (source, flags) => {
      await using run = startRun(flags, io);
      if (flags.index !== undefined && (flags.random || flags.seed !== undefined))
        throw new LabelwiseError('INVALID_ARGUMENT', 'Expected one of --index and --random, got both.');
      const dataset = await openNamedDataset(source, flags, run);
      const index = await chooseIndex(dataset, flags, run);
      for await (const example of dataset.examples({ from: index, signal: io.signal })) {
        if ('error' in example) throw example.error;
        await showExample(example, { index, dataset, flags, run });
        return;
      }
    });
}

interface PickFlags {
  readonly index?: string | undefined;
  readonly random?: true | undefined;
  readonly seed?: string | undefined;
  readonly show?: true | undefined;
  readonly save?: string | undefined;
  readonly json?: true | undefined;
}

async function chooseIndex(dataset: OpenedDataset, flags: PickFlags, run: Run): Promise<number> {
  if (flags.random || flags.seed !== undefined) {
    const seed =
      flags.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : readNumber(flags.seed, { flag: '--seed', min: 0, isWhole: true });
    if (flags.seed === undefined) run.say(`picked with seed ${seed}; --seed ${seed} picks it again`);
    const { randomIndex } = await import('../../datasets/random-index.js');
    return randomIndex(dataset.size, seed);
  }
  const index = readNumber(flags.index ?? '0', { flag: '--index', min: 0, isWhole: true });
  if (index < dataset.size) return index;
  throw new LabelwiseError(
    'INVALID_ARGUMENT',
    `Expected --index to be less than ${dataset.size}, the size of ${dataset.name}, got ${index}.`,
  );
}

async function showExample(example: Example, picked: { index: number; dataset: OpenedDataset; flags: PickFlags; run: Run }): Promise<void> {
  const { index, dataset, flags, run } = picked;
  const { io } = run;
  const { readImageBytes, toImageLimits } = await import('../../images/read-image.js');
  const { decodeImage } = await import('../../images/decode-image.js');
  const limits = toImageLimits(run.workspace.settings.limits);
  const bytes = await readImageBytes(example.image, limits, io.signal);
  const image = await decodeImage(bytes, limits);
  if (flags.save !== undefined) await writeOutput(resolveOutput(io.cwd, flags.save, 'save'), bytes, 'choose another place with --save');
  const labels = example.labels.map((place) => dataset.labelNames[place]);
  const row = { id: example.id, index, labels, width: image.width, height: image.height, bytes: bytes.length };
  if (flags.json) await writeLine(io.stdout, JSON.stringify(row));
  else {
    if (flags.show && showsPictures(io))
      for (const line of renderThumbnail(image, Math.min(56, Math.max(16, image.width)))) await writeLine(io.stdout, line);
    await writeLine(io.stdout, `${row.id}  ${labels.join(', ') || 'no label'}  ${row.width} x ${row.height} pixels, ${row.bytes} bytes`);
    if (flags.show && !showsPictures(io))
      run.say('this terminal does not support pictures (COLORTERM=truecolor); save it with --save FILE');
  }
  if (flags.save !== undefined) run.say(`saved: ${flags.save}`);
}
