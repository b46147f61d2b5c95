import { Command, Option } from '@commander-js/extra-typings';
import { DTYPES } from '../checkpoints/dtypes.js';

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** A command with the flags that every command has. */
export function baseCommand(name: string) {
  return new Command(name)
    .option('-q, --quiet', 'print data and errors alone')
    .option('--verbose', 'print causes of errors, and what is done');
}

/** The flags of a command that runs a model. */
export function modelCommand(name: string) {
  const command = baseCommand(name).option('-m, --model <name>', MODEL);
  addModelSettings(command);
  return command;
}

const MODEL = 'pocket (embedded), a folder, or owner/name[@revision] on the hub';

/** `--model` for a command that may run several. */
export const modelsOption = () => new Option('-m, --model <name>', `${MODEL}; several with --compare`).argParser(collect);

/** The flags that say how a model runs, without the one that names it: `startRun` reads them. */
export function addModelSettings(command: ReturnType<typeof baseCommand>): void {
  command
    .addOption(new Option('--dtype <dtype>', 'number format: fp32, int8 (after "models quantize"), or that of ONNX files').choices(DTYPES))
    .option('--onnx', 'run the ONNX files of the model, not its weights')
    .addOption(new Option('--device <device>', 'where to run').choices(['auto', 'cpu', 'cuda', 'coreml', 'dml', 'webgpu'] as const))
    .option('--threads <n>', 'cores for the model (default: all that the process may use)')
    .option('--batch-size <n>', 'images in one forward pass (default: 8, less for large models)')
    .option('--logit-scale <x>', 'multiplier of the cosine, for models that do not state theirs')
    .option('--logit-bias <x>', 'added to the scaled cosine, for SigLIP models that do not state theirs')
    .option('--max-image-megapixels <n>', 'refuse larger images (default: 150)')
    .option('--max-image-bytes <n>', 'refuse larger files (default: 268435456)')
    .option('--allow-svg', 'render SVG and PDF files too')
    .option('--fast-decode', 'decode large JPEGs at a fraction of their size: faster, and close to the exact pixels')
    .option('--no-cache', 'neither read nor keep embeddings of images and labels')
    .option('--cache-folder <folder>', 'LanceDB folder of the embeddings that are kept between runs')
    .option('--db <folder>', 'LanceDB folder of label tables, the index and its tags');
}

/** The flags for output in a format for programs. */
export function addFormats<C extends ReturnType<typeof baseCommand>>(command: C) {
  return command.option('--json', 'print a JSON array').option('--ndjson', 'print a JSON object a line').option('--csv', 'print CSV');
}

/** The flags that name labels and prompts. */
export function labelOptions() {
  return [
    new Option('-l, --labels <list>', 'labels, comma-separated: "cat, dog, red panda"'),
    new Option('--labels-file <file>', 'labels one on each line (tab: prompt name, tab: synonyms), or .json or .csv'),
    new Option(
      '--label-set <name>',
      'labels that ship with labelwise: caltech101, cifar10, cifar100, cifar100-coarse, coco-80, dtd, eurosat, fgvc-aircraft, flowers102, food101, gtsrb, imagenet-1k, oxford-pets, stanford-cars, stl10, sun397',
    ),
  ] as const;
}

export const templateOption = () => new Option('-t, --template <text>', 'prompt template with one {}; may be repeated').argParser(collect);
const TEMPLATE_SETS =
  'templates that ship with labelwise: default, single, imagenet-7, imagenet-80, cifar-18, and for other data sets aircraft-2, caltech101-34, cars-8, dtd-8, eurosat-3, flowers102-1, food101-1, gtsrb-3, pets-1, stl10-2, sun397-2';
export const templateSetOption = () => new Option('--template-set <name>', TEMPLATE_SETS);
/** `--template-set` for a command that may compare several. */
export const templateSetsOption = () => new Option('--template-set <name>', `${TEMPLATE_SETS}; several with --compare`).argParser(collect);

export const excludeOption = (more = '') =>
  new Option('--exclude <glob>', `leave out what has this name in folders, written as in .gitignore; may be repeated${more}`).argParser(
    collect,
  );
