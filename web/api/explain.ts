import type { ClassifyResult, Explanation } from '../../src/client/api.js';
import { type Choice, toBase64 } from './classify.js';
import { toPlainRefusal } from './refusal.js';
import { ask } from './request.js';

/** Explains the answer for one picture; the service hides its parts one after the other. */
export async function explainPicture(picture: Blob, choice: Choice, signal: AbortSignal): Promise<Explanation> {
  const json = { ...choice, images: [await toBase64(picture)], explain: true, heatMap: true, topK: 2 };
  const [result] = (await ask<ClassifyResult>('/v1/classify', { json, signal })).results;
  if (!result || 'error' in result)
    throw toPlainRefusal(422, result?.error.code ?? 'UNKNOWN', result?.error.message ?? 'The service gave no reasons.', undefined);
  return result.explanation as Explanation;
}
