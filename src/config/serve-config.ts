import { z } from 'zod';
import { nearestName } from '../core/nearest-name.js';
import { LabelwiseError } from '../errors.js';
import { CONFIG_FILE, choice, count, filled, texts, toNumber, variableOf } from './config.js';

const PORT = 'a whole number from 0 to 65535';
const list = z.preprocess((value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter((part) => part !== '') : value), texts);

/** Settings of `labelwise serve`: flags, LABELWISE_SERVE_... and `serve` in labelwise.config.json. docs/reference/settings.md is made from it. */
export const serveSchema = z.strictObject({
  host: filled.default('127.0.0.1').describe('Address to listen on. Others than this machine reach it only with `keys` or `open`.'),
  port: z
    .preprocess(toNumber, z.number({ error: PORT }).int({ error: PORT }).min(0, { error: PORT }).max(65535, { error: PORT }))
    .default(8080)
    .describe('Port to listen on; 0 chooses a free one.'),
  keys: filled.optional().describe('JSON file of the keys that requests need.'),
  open: choice.default(false).describe('Let everybody in who can reach the service: for a proxy that checks who asks.'),
  folder: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), texts)
    .optional()
    .describe('Folders that jobs may index, each as NAME=DIR; by default those of the index.'),
  labelSet: filled.optional().describe('Labels of requests that name none: a stored label set, or one that ships.'),
  maxBodyBytes: count.default(32 * 2 ** 20).describe('Largest body of a request.'),
  maxItems: count.default(64).describe('Images in one request.'),
  rate: count.optional().describe('Requests a minute for each key, or for each address without keys.'),
  allowUrls: choice.default(false).describe('Fetch images that requests name by address, from the public internet alone.'),
  corsOrigin: list.optional().describe('Origins of other sites whose pages may ask, such as https://example.com.'),
  answerTo: list.optional().describe("Names of models that Immich may send beside the model's own."),
  log: filled.optional().describe('File to add a line of JSON to for each request; `-` is stderr.'),
  logTexts: choice.default(false).describe('Let the log hold queries and labels. Images and keys it never holds.'),
  isolate: choice.default(false).describe('Decode images in a process of its own with a limit on its memory.'),
  isolateMemory: count.default(1024).describe('That limit, in MiB. Below 512, large pictures fail.'),
});

export type ServeConfig = z.infer<typeof serveSchema>;

/** @throws LabelwiseError `INVALID_ARGUMENT` for a flag, `CONFIG_INVALID` for the file or a variable */
export function loadServeConfig(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
  fromFile: Readonly<Record<string, unknown>> = {},
): ServeConfig {
  const keys = Object.keys(serveSchema.shape);
  const variable = (key: string): string => variableOf(`serve${key[0]?.toUpperCase()}${key.slice(1)}`);
  const pick = (from: Readonly<Record<string, unknown>>, nameOf = (key: string) => key): Record<string, unknown> =>
    Object.fromEntries(keys.map((key) => [key, from[nameOf(key)]] as const).filter(([, value]) => value !== undefined && value !== ''));
  const unknown = Object.keys(fromFile).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw unknownSetting(unknown, keys);
  const [fromEnvironment, fromFlags] = [pick(env, variable), pick(flags)];
  check(serveSchema.partial(), fromFile, (key) => `serve.${key} in ${CONFIG_FILE}`, 'CONFIG_INVALID');
  check(serveSchema.partial(), fromEnvironment, variable, 'CONFIG_INVALID');
  return check(serveSchema, { ...fromFile, ...fromEnvironment, ...fromFlags }, (key) => `\`${key}\``, 'INVALID_ARGUMENT');
}

function check<T>(schema: z.ZodType<T>, values: object, nameOf: (key: string) => string, code: 'CONFIG_INVALID' | 'INVALID_ARGUMENT'): T {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  const key = String(issue.path[0]);
  const got = JSON.stringify((values as Record<string, unknown>)[key]);
  throw new LabelwiseError(code, `Expected ${nameOf(key)} to be ${issue.message}, got ${got}.`);
}

function unknownSetting(key: string, names: readonly string[]): LabelwiseError {
  const nearest = nearestName(key, names);
  return new LabelwiseError('CONFIG_INVALID', `${CONFIG_FILE} has the setting "serve.${key}", which does not exist.`, {
    hint: nearest === undefined ? `The settings are ${names.join(', ')}.` : `Did you mean "${nearest}"?`,
  });
}
