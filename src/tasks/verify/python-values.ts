import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../checkpoints/manifest.js';
import { LabelwiseError } from '../../errors.js';
import { readJsonIfThere } from '../../files/json-file.js';
import { packageFile } from '../../files/package-root.js';
import { parseJsonFile } from '../../files/parse-json-file.js';

/** Texts that the towers are compared on. */
export const PROMPTS = [
  'a photo of a cat.',
  'a cup of coffee',
  'a flower',
  'galaxies in the night sky',
  'a rocket launch',
  'an old temple',
  'Street at night, 2 cars',
];

const valuesSchema = z.object({
  reference: z.string(),
  texts: z.array(z.array(z.number())).length(PROMPTS.length),
  images: z.array(z.array(z.number())),
});
/** What the script printed. */
export type PythonValues = z.infer<typeof valuesSchema>;

/** @throws LabelwiseError `INPUT_UNREADABLE`, or `CHECKPOINT_DAMAGED` where it is not what the script prints */
export async function readPythonValues(path: string): Promise<PythonValues> {
  const json = await readJsonIfThere(dirname(path), basename(path));
  if (json === undefined)
    throw new LabelwiseError('INPUT_UNREADABLE', `There is no file ${path}.`, { hint: 'Make it with the script that `script` prints.' });
  return parseJsonFile(valuesSchema, json, path);
}

/** A script for Python that prints what the model's own library gives for the photos and prompts. */
export async function pythonScript({ name, folder, source, model, config }: Manifest, photos: readonly string[]): Promise<string> {
  const isOpenClip = model.kind === 'safetensors' && model.config === 'open_clip_config.json';
  const library = isOpenClip || (typeof config === 'object' && config !== null && 'model_cfg' in config) ? 'open_clip' : 'transformers';
  const body = await readFile(packageFile(`data/verify/${library}.py`), 'utf8');
  const pip = library === 'open_clip' ? 'open_clip_torch' : 'torch transformers';
  return [
    `# What Python gives for ${name}: pip install ${pip} pillow, then`,
    '#   python SCRIPT > python.json',
    `#   labelwise models verify ${name} --python python.json`,
    `MODEL = ${JSON.stringify(source === 'hub' ? name.split('@')[0] : folder)}`,
    `PHOTOS = ${JSON.stringify(photos)}`,
    `PROMPTS = ${JSON.stringify(PROMPTS)}`,
    body,
  ].join('\n');
}
