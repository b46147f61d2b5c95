import { type Choice, toBase64 } from './classify.js';
import { ask } from './request.js';

/** What speaks for an answer. */
export interface Explanation {
  readonly label: string;
  readonly runnerUp?: { readonly label: string; readonly margin: number };
  readonly nearestLabels: readonly { readonly label: string; readonly similarity: number }[];
  readonly byTemplate: readonly { readonly template: string; readonly label: string; readonly margin: number }[];
  /** 7 x 7 parts, 0 to 1. */
  readonly heatMap?: { readonly cells: readonly number[]; readonly largestDrop: number };
}

/** Explains the answer for one picture; the service hides its parts one after the other. */
export async function explainPicture(picture: Blob, choice: Choice, signal: AbortSignal): Promise<Explanation> {
  const json = { ...choice, images: [await toBase64(picture)], explain: true, heatMap: true, topK: 2 };
  const { results } = await ask<{ results: { explanation?: Explanation }[] }>('/v1/classify', { json, signal });
  return results[0]?.explanation as Explanation;
}
