import { Command, Option } from '@commander-js/extra-typings';
import { EMBEDDED_MODEL } from '../checkpoints/checkpoint-folder.js';
import { DTYPES } from '../checkpoints/dtypes.js';
import { type ShippedKind, shippedNames } from '../home/shipped-names.js';
import { DEFAULT_IMAGE_LIMITS } from '../images/read-image.js';

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

const MODEL = `${EMBEDDED_MODEL} (embedded), a folder, or owner/name[@revision] on the hub`;

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
    .option('--max-image-megapixels <n>', `refuse larger images (default: ${DEFAULT_IMAGE_LIMITS.maxImageMegapixels})`)
    .option('--max-image-bytes <n>', `refuse larger files (default: ${DEFAULT_IMAGE_LIMITS.maxImageBytes})`)
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
    withNames(new Option('--label-set <name>', 'labels that ship with labelwise'), 'label set'),
  ] as const;
}

export const templateOption = () => new Option('-t, --template <text>', 'prompt template with one {}; may be repeated').argParser(collect);

const TEMPLATE_SETS = 'templates that ship with labelwise';
export const templateSetOption = () => withNames(new Option('--template-set <name>', TEMPLATE_SETS), 'template set');
/** `--template-set` for a command that may compare several. */
export const templateSetsOption = () =>
  withNames(new Option('--template-set <name>', `${TEMPLATE_SETS}; several with --compare`).argParser(collect), 'template set');

/** Adds the names that ship to an option's description. The folder is read only when help is printed. */
function withNames<O extends Option>(option: O, kind: ShippedKind): O {
  const { description } = option;
  return Object.defineProperty(option, 'description', { get: () => `${description}: ${shippedNames(kind).join(', ')}` });
}

export const excludeOption = (more = '') =>
  new Option('--exclude <glob>', `leave out what has this name in folders, written as in .gitignore; may be repeated${more}`).argParser(
    collect,
  );
