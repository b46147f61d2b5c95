import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfThere } from '../../files/json-file.js';

const cosines = z.object({ lowest: z.number(), mean: z.number() });
const reportSchema = z.object({
  photos: z.number().int(),
  prompts: z.number().int(),
  /** Cosine between the embeddings in this precision and those in float32. */
  imageCosine: cosines,
  textCosine: cosines,
  /** The share of photos whose first label is the same. */
  top1Agreement: z.number(),
});

/** What a precision of OpenVINO costs a checkpoint, on the machine that checked it. */
export type PrecisionReport = z.infer<typeof reportSchema>;

const folderIn = (home: string): string => join(home, 'precisions');

/** The report of a precision that passed, by the encoder's fingerprint in that precision. */
export async function readPrecisionReport(fingerprint: string, home: string): Promise<PrecisionReport | undefined> {
  return reportSchema.safeParse(await readJsonIfThere(folderIn(home), `${fingerprint}.json`).catch(() => undefined)).data;
}

export const precisionReportPath = (fingerprint: string, home: string): string => join(folderIn(home), `${fingerprint}.json`);
