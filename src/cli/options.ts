import { Command, Option } from '@commander-js/extra-typings';
import { EMBEDDED_MODEL } from '../checkpoints/checkpoint-folder.js';
import { DTYPES } from '../checkpoints/dtypes.js';
import { DEVICES, ENGINES, PRECISIONS } from '../encoders/engines/protocol.js';
import { type ShippedKind, shippedNames } from '../home/shipped-names.js';
import { DEFAULT_IMAGE_LIMITS } from '../images/read-image.js';

/** Parses an option that may be given several times. */
export const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** A command with the flags that every command takes. */
export function baseCommand(name: string) {
  return new Command(name)
    .optionsGroup('General options:')
    .option('-q, --quiet', 'print only data and errors')
    .option('--verbose', 'also print the causes of errors')
    .optionsGroup('Options:');
}

/** The flags of a command that runs a model. */
export function modelCommand(name: string) {
  const command = baseCommand(name).addOption(new Option('-m, --model <name>', MODEL).helpGroup('Model options:'));
  addModelSettings(command);
  return command;
}

const MODEL = `${EMBEDDED_MODEL} (embedded), a folder, or owner/name[@revision] on the hub`;

/** `--model` for a command that may run several. */
export const modelsOption = () => new Option('-m, --model <name>', `${MODEL}; several with --compare`).argParser(collect);

/** The flags that say how a model runs, without the one that names it: `startRun` reads them. */
export function addModelSettings(command: ReturnType<typeof baseCommand>): void {
  command
    .addOption(new Option('--db <folder>', 'folder of the database: index, tags and label tables').helpGroup('General options:'))
    .optionsGroup('Model options:')
    .addOption(
      new Option('--dtype <dtype>', 'number format: fp32, int8 (after "models quantize"), or one of the ONNX files').choices(DTYPES),
    )
    .option('--onnx', 'run the ONNX files of the model instead of its weights')
    .addOption(new Option('--device <device>', 'where to run the model').choices(['auto', ...DEVICES] as const))
    .addOption(new Option('--engine <engine>', 'what runs the model (default: auto)').choices(['auto', ...ENGINES] as const))
    .addOption(new Option('--precision <format>', 'number format to compute in: bf16 and int8 after "models quantize"').choices(PRECISIONS))
    .option('--openvino <path>', 'where OpenVINO is: its library, its folder, or a Python environment')
    .option('--threads <n>', 'CPU cores for the model (default: all that the process may use)')
    .option('--batch-size <n>', 'images per forward pass (default: 8, fewer for large models)')
    .option('--logit-scale <x>', 'multiplier of the cosine, if the model does not state one')
    .option('--logit-bias <x>', 'added to the scaled cosine, if a SigLIP model does not state one')
    .option('--max-image-megapixels <n>', `reject images with more megapixels (default: ${DEFAULT_IMAGE_LIMITS.maxImageMegapixels})`)
    .option('--max-image-bytes <n>', `reject larger files (default: ${DEFAULT_IMAGE_LIMITS.maxImageBytes})`)
    .option('--allow-svg', 'also render SVG and PDF files')
    .option('--fast-decode', 'decode large JPEGs at reduced size: faster, with slightly different pixels')
    .option('--no-cache', 'do not read or store cached embeddings')
    .option('--cache-folder <folder>', 'folder of the embedding cache')
    .optionsGroup('Options:');
}

/** The flags for output in a format for programs. */
export function addFormats<C extends ReturnType<typeof baseCommand>>(command: C) {
  return command.option('--json', 'print a JSON array').option('--ndjson', 'print one JSON object per line').option('--csv', 'print CSV');
}

/** The flags that name labels and prompts. */
export function labelOptions() {
  return [
    new Option('-l, --labels <list>', 'labels, comma-separated: "cat, dog, red panda"'),
    new Option('--labels-file <file>', 'file with one label per line (tab: prompt name, tab: synonyms), or .json or .csv; - for stdin'),
    withNames(new Option('--label-set <name>', 'a label set that ships with labelwise'), 'label set'),
  ] as const;
}

export const templateOption = () => new Option('-t, --template <text>', 'prompt template with one {}; repeatable').argParser(collect);

const TEMPLATE_SETS = 'a .json file from "prompts tune", or a template set that ships with labelwise';
export const templateSetOption = () => withNames(new Option('--template-set <name>', TEMPLATE_SETS), 'template set');
/** `--template-set` for a command that may compare several. */
export const templateSetsOption = () =>
  withNames(new Option('--template-set <name>', `several with --compare: ${TEMPLATE_SETS}`).argParser(collect), 'template set');

/** Adds the names that ship to an option's description. The folder is read only when help is printed. */
function withNames<O extends Option>(option: O, kind: ShippedKind): O {
  const { description } = option;
  return Object.defineProperty(option, 'description', { get: () => `${description}: ${shippedNames(kind).join(', ')}` });
}

export const excludeOption = (more = '') =>
  new Option('--exclude <glob>', `skip matching names in folders, with .gitignore syntax; repeatable${more}`).argParser(collect);
