import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../checkpoints/manifest.js';
import { type Calibration, isOfSamePrompts } from '../core/decisions/calibration.js';
import { readJsonIfThere } from '../files/json-file.js';
import { writeOutput } from '../files/open-output.js';
import { inOutputWords } from '../files/output-fault.js';
import { type HeldLock, withLock } from '../files/with-lock.js';
import { ANOTHER_HOME } from '../home/labelwise-home.js';

const positive = z.number().positive();
const odds = z.strictObject({ slope: positive, intercept: z.number() });
const calibrationSchema = z.strictObject({
  templates: z.array(z.string()),
  weights: z.array(z.number().nonnegative()).optional(),
  softmax: z
    .strictObject({ scale: positive, knee: positive.nullable(), growth: z.number(), doubt: z.number().nonnegative().optional() })
    .optional(),
  sigmoid: z.strictObject({ logitScale: positive, logitBias: z.number() }).optional(),
  none: odds.optional(),
  several: odds.optional(),
});
const fileSchema = z.strictObject({ fingerprint: z.string(), calibrations: z.array(calibrationSchema) });

/** The file beside the embedded model, with all that was fitted to it; models/build/fit_decisions.mjs makes it. */
export const SHIPPED_CALIBRATIONS = 'decisions.json';

const pathOf = (home: string, { fingerprint }: Manifest): string => join(home, 'calibrations', `${fingerprint}.json`);

/** What was fitted to a checkpoint: by `calibrate` first, then what ships with it. Both are for these weights alone. */
export async function readCalibrations(manifest: Manifest, home: string, onWarning: (message: string) => void): Promise<Calibration[]> {
  const own = await readFile(home, join('calibrations', `${manifest.fingerprint}.json`), () =>
    onWarning(
      `The calibration in ${pathOf(home, manifest)} cannot be read, so it is not used. Fit it again with "labelwise calibrate", which sets that file aside, or remove it.`,
    ),
  );
  const shipped = manifest.source === 'embedded' ? await readFile(manifest.folder, SHIPPED_CALIBRATIONS) : undefined;
  if (shipped && shipped.fingerprint !== manifest.fingerprint)
    onWarning(
      `The calibration that ships with ${manifest.name} is for other weights, so it is not used, and probabilities are not calibrated.`,
    );
  const fitting = (file: typeof own): Calibration[] => (file?.fingerprint === manifest.fingerprint ? file.calibrations : []);
  const isSame = (a: Calibration) => (b: Calibration) => isOfSamePrompts(a, b);
  const merged = fitting(own).map((one) => ({ ...fitting(shipped).find(isSame(one)), ...one }));
  return [...merged, ...fitting(shipped).filter((one) => !merged.some(isSame(one)))];
}

/** Keeps a calibration for later runs, in place of an earlier one with the same templates. @throws LabelwiseError `OUTPUT_UNWRITABLE`, `DISK_FULL` */
export async function writeCalibration(manifest: Manifest, home: string, calibration: Calibration): Promise<void> {
  const { fingerprint } = manifest;
  const path = pathOf(home, manifest);
  const isOther = (one: Calibration) => !isOfSamePrompts(one, calibration);
  const add = async ({ assertHeld }: HeldLock): Promise<void> => {
    let isReadable = true;
    const found = await readFile(home, join('calibrations', `${fingerprint}.json`), () => {
      isReadable = false;
    });
    const before = found?.calibrations ?? [];
    const same = before.find((one) => !isOther(one));
    const calibrations = [{ ...same, ...calibration }, ...before.filter(isOther)];
    await assertHeld();
    if (!isReadable) await rename(path, `${path}.unreadable-${Date.now()}`); // a person or a later version may have written it
    await writeOutput(path, `${JSON.stringify({ fingerprint, calibrations }, null, 1)}\n`, ANOTHER_HOME);
  };
  await inOutputWords(path, ANOTHER_HOME, () => withLock(path, add)); // another process may add those of other templates
}

/** Forgets what `calibrate` fitted to a checkpoint. */
export const removeCalibrations = (manifest: Manifest, home: string): Promise<void> => rm(pathOf(home, manifest), { force: true });

/** The file, or undefined if there is none. One that cannot be read, or holds what this version does not know, counts as none too. */
async function readFile(folder: string, path: string, onUnreadable = () => {}): Promise<z.infer<typeof fileSchema> | undefined> {
  const content = await readJsonIfThere(folder, path).catch(() => null);
  if (content === undefined) return undefined;
  const { data } = fileSchema.safeParse(content);
  if (!data) onUnreadable();
  return data;
}
