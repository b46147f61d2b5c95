import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { EMBEDDED_MODEL } from '../checkpoints/checkpoint-folder.js';
import { DTYPES } from '../checkpoints/dtypes.js';
import { nearestName } from '../core/nearest-name.js';
import { DEVICES, ENGINES, PRECISIONS } from '../encoders/engines/protocol.js';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { assertLocalFolder } from '../files/local-folder.js';
import { isObjectAddress, parseObjectAddress } from '../files/object-address.js';
import { toText } from '../files/read-regular-file.js';
import { refuseStrange } from '../files/strange-kind.js';
import { labelwiseHome } from '../home/labelwise-home.js';
import { STORAGE_OPTIONS, type StorageOptions } from '../store/objects/storage-options.js';
import { DEFAULT_CACHE_BYTES } from '../store/open-cache-or-warn.js';

/** Made of the table of options, because what only opens a database does without zod. */
const storageOptionsSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(STORAGE_OPTIONS).map(([name, kind]) => [name, (kind === 'flag' ? z.boolean() : z.string().min(1)).optional()]),
  ),
) as unknown as z.ZodType<StorageOptions>;

/** The file in the working folder that holds a project's settings. */
export const CONFIG_FILE = 'labelwise.config.json';

/** Flags and the environment write numbers out; in the file, null, true and lists are not numbers. */
export const toNumber = (value: unknown): unknown => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value);
// Each error says what is expected, so that it fits after "Expected topK to be".
const toJson = (value: unknown): unknown => {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value;
  } catch {
    return value;
  }
};
const whole = (error: string) => z.number({ error }).int({ error }).positive({ error });
export const count = z.preprocess(toNumber, whole('a whole number from 1'));
const number = z.preprocess(toNumber, z.number({ error: 'a number' }));
const positive = z.preprocess(toNumber, z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' }));
const BATCH = 'a whole number from 1 to 1024';
export const choice = z.union([z.stringbool(), z.boolean()], { error: 'true or false' });
const text = z.string({ error: 'a text' });
export const filled = text.min(1, { error: 'a text that is not empty' });
export const texts = z.array(z.string({ error: 'a list of texts' }), { error: 'a list of texts' });
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, { error: `one of ${values.join(', ')}` });

/** Settings that flags, the environment (LABELWISE_...) and labelwise.config.json share. docs/reference/settings.md is made from it. */
export const configSchema = z.strictObject({
  model: filled.default(EMBEDDED_MODEL).describe('The model: "pocket" (embedded), a folder, or `owner/name[@revision]` on the hub.'),
  dtype: oneOf(DTYPES).optional().describe('Number format of the weights. Without it, the best that the checkpoint has.'),
  onnx: choice.optional().describe("Run the checkpoint's ONNX files even if labelwise can run its weights directly."),
  device: oneOf(['auto', ...DEVICES])
    .default('auto')
    .describe('Where the model runs.'),
  engine: oneOf(['auto', ...ENGINES])
    .default('auto')
    .describe('What runs the model. `auto`: what `models tune` found, else OpenVINO where it is installed, else ONNX Runtime.'),
  precision: oneOf(PRECISIONS)
    .optional()
    .describe('Number format to compute in. Without it, that of the weights. bf16 and int8 have to pass `models quantize` first.'),
  openvino: filled
    .optional()
    .describe('Where OpenVINO is: its C library, its folder, or a Python environment. Without it, the usual places.'),
  threads: count.optional().describe('Cores for one forward pass. Without it, all that the process may use.'),
  batchSize: z
    .preprocess(toNumber, whole(BATCH).max(1024, { error: BATCH }))
    .optional()
    .describe('Images in one forward pass. Without it, what `models tune` found, else 8, or less for large models.'),
  db: filled
    .optional()
    .describe(
      'LanceDB folder of label tables, the index and its tags, or the address of an object store: `s3://bucket/path`. Without it, `db` in the home.',
    ),
  storageOptions: z
    .preprocess(toJson, storageOptionsSchema)
    .optional()
    .describe(
      'How the object store of `db` is reached: an object with `endpoint`, `region`, `allowHttp`, `pathStyle` and credentials. Without it, the standard variables and profiles.',
    ),
  cache: choice.default(true).describe('Keep embeddings of images and labels between runs, and use them.'),
  cacheFolder: filled.optional().describe('Folder of the kept embeddings. Without it, `cache` in the home.'),
  cacheMaxBytes: count.default(DEFAULT_CACHE_BYTES).describe('Size limit of the kept embeddings, in bytes. The oldest are deleted first.'),
  topK: count.default(5).describe('How many predictions are kept; of search results, 10 unless it is set.'),
  templateSet: text
    .optional()
    .describe('A set of prompt templates that ships with labelwise, or a .json file of one. Without it, `default`.'),
  template: texts.optional().describe('Prompt templates, each with one `{}`. A JSON list in the file; one template in the variable.'),
  logitScale: positive.optional().describe('The multiplier of the cosine, for checkpoints that do not state it.'),
  logitBias: number.optional().describe('What is added to the scaled cosine, for sigmoid models that do not state theirs.'),
  maxImageMegapixels: positive.optional().describe('Larger images are refused.'),
  maxImageBytes: count.optional().describe('Larger files are refused.'),
  fastDecode: choice.optional().describe('Decode large JPEGs at a fraction of their size: faster, and close to the exact pixels.'),
  allowSvg: choice.optional().describe('Render SVG and PDF files too.'),
  exclude: texts
    .optional()
    .describe('Names of files and folders to leave out, written as in .gitignore. A JSON list in the file; one pattern in the variable.'),
  serve: z
    .record(z.string(), z.unknown(), { error: 'an object of settings of the service' })
    .optional()
    .describe('Settings of `labelwise serve`, see below. Only in the file.'),
});

export type Config = z.infer<typeof configSchema> & {
  db: string;
  cacheFolder: string;
  /** Whether a flag, the environment or the file names the model; else it is the default. */
  isModelNamed: boolean;
  /** Whether one of them says how many results are wanted. */
  isTopKNamed: boolean;
};
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings for one run: flags win over the environment, that over the file, that over the defaults.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` for a flag, `CONFIG_INVALID` for the file or a variable
 */
export function loadConfig(flags: Readonly<Record<string, unknown>>, env: Environment, folder: string): Config {
  const keys = Object.keys(configSchema.shape).filter((key) => key !== 'serve');
  const fromFlags = Object.fromEntries(keys.filter((key) => flags[key] !== undefined).map((key) => [key, flags[key]]));
  const fromEnvironment = Object.fromEntries(
    keys
      .map((key) => [key, env[variableOf(key)]] as const)
      .filter((entry) => entry[1])
      .map(([key, value]) => [key, key === 'template' || key === 'exclude' ? [value] : value]),
  );
  const fromFile = readConfigFile(folder);
  check(configSchema.partial(), fromFile, (key) => `${key} in ${CONFIG_FILE}`, 'CONFIG_INVALID');
  check(configSchema.partial(), fromEnvironment, variableOf, 'CONFIG_INVALID');
  const named: Record<string, unknown> = { ...fromFile, ...fromEnvironment, ...fromFlags };
  const config = check(configSchema, named, (key) => `\`${key}\``, 'INVALID_ARGUMENT');
  const home = labelwiseHome(env);
  const { db = join(home, 'db'), cacheFolder = join(home, 'cache') } = config;
  if (isObjectAddress(db)) parseObjectAddress(db, '`db`');
  else assertLocalFolder(db, '`db` or LABELWISE_HOME');
  const storageOptions = withStandardEndpoint(config.storageOptions, env);
  assertLocalFolder(cacheFolder, '`cacheFolder` or LABELWISE_HOME');
  const [isModelNamed, isTopKNamed] = [named.model !== undefined, named.topK !== undefined];
  return {
    ...config,
    isModelNamed,
    isTopKNamed,
    db,
    cacheFolder,
    storageOptions,
  };
}

/** The variables that other programs take the address of an S3 store from. */
function withStandardEndpoint(options: StorageOptions | undefined, env: Environment): StorageOptions | undefined {
  const endpoint = options?.endpoint ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const region = options?.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  return endpoint === undefined && region === undefined && options === undefined ? undefined : { ...options, endpoint, region };
}

function check<T>(schema: z.ZodType<T>, values: unknown, nameOf: (key: string) => string, code: 'CONFIG_INVALID' | 'INVALID_ARGUMENT'): T {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  if (issue.path[0] === 'storageOptions') throw wrongStorageOptions(issue, nameOf('storageOptions'), code);
  if (issue.code === 'unrecognized_keys') throw unknownSetting(issue.keys[0] as string);
  const key = String(issue.path[0]);
  const got = (values as Record<string, unknown>)[key];
  throw new LabelwiseError(code, `Expected ${nameOf(key)} to be ${issue.message}, got ${JSON.stringify(got)}.`);
}

/** What was given stays out of the message: it holds keys. */
function wrongStorageOptions(issue: z.core.$ZodIssue, name: string, code: 'CONFIG_INVALID' | 'INVALID_ARGUMENT'): LabelwiseError {
  const option = issue.code === 'unrecognized_keys' ? issue.keys[0] : issue.path[1];
  const known = Object.keys(STORAGE_OPTIONS);
  const hint = `The options are ${known.join(', ')}.`;
  if (option === undefined) return new LabelwiseError(code, `Expected ${name} to be a JSON object.`, { hint });
  if (issue.code !== 'unrecognized_keys') {
    const isFlag = STORAGE_OPTIONS[option as keyof StorageOptions] === 'flag';
    return new LabelwiseError(
      code,
      `Expected "${String(option)}" in ${name} to be ${isFlag ? 'true or false' : 'a text that is not empty'}.`,
    );
  }
  const nearest = nearestName(String(option), known);
  return new LabelwiseError(code, `${name} has the option "${String(option)}", which does not exist.`, {
    hint: nearest === undefined ? hint : `Did you mean "${nearest}"?`,
  });
}

/** Only the file can have one: flags and variables are looked up by the names of the settings. */
function unknownSetting(key: string): LabelwiseError {
  const names = Object.keys(configSchema.shape);
  const nearest = nearestName(key, names);
  return new LabelwiseError('CONFIG_INVALID', `${CONFIG_FILE} has the setting "${key}", which does not exist.`, {
    hint: nearest === undefined ? `The settings are ${names.join(', ')}.` : `Did you mean "${nearest}"?`,
  });
}

function readConfigFile(folder: string): Record<string, unknown> {
  const path = join(folder, CONFIG_FILE);
  try {
    refuseStrange(statSync(path));
    const content: unknown = JSON.parse(toText(readFileSync(path)));
    if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new Error(`it holds ${describeJson(content)}`);
    return content as Record<string, unknown>;
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return {};
    const isSyntax = error instanceof SyntaxError;
    throw new LabelwiseError('CONFIG_INVALID', `${path} cannot be read: ${isSyntax ? withoutExcerpt(error.message) : messageOf(error)}.`, {
      hint: 'Write a JSON object, for example { "topK": 3 }.',
      cause: isSyntax ? undefined : error,
    });
  }
}

/** Node quotes the text around a fault, which may be a key of a store. */
const withoutExcerpt = (message: string): string => message.replace(/, (?:\.\.\.)?".*is not valid JSON$/s, ' in JSON');

const describeJson = (value: unknown): string => (Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`);

/** The environment variable of a setting. */
export const variableOf = (key: string): string => `LABELWISE_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
