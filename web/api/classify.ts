import type { RankRequest, RankResult } from '../../src/client/api.js';
import { ask } from './request.js';

export type Answer = RankResult['results'][number];

/** The labels to choose from and how, as a request says it. */
export type Choice = Readonly<Pick<RankRequest, 'labels' | 'labelSet' | 'templates' | 'templateSet' | 'multiple' | 'none'>>;

export interface Model {
  readonly id: string;
  readonly fingerprint: string;
  readonly scoring: 'softmax' | 'sigmoid';
}

export const loadModel = async (): Promise<Model> => (await ask<{ data: Model[] }>('/v1/models')).data[0] as Model;

/** An embedded picture: what the service needs to rank labels for it, 2 kB in place of the picture. */
export interface EmbeddedPicture {
  /** The embedding as base64, which only the service reads. */
  readonly embedding: string;
  readonly fingerprint: string;
}

/** Sends a picture, once. */
export async function embedPicture(picture: Blob, signal: AbortSignal): Promise<EmbeddedPicture> {
  const [model, image] = await Promise.all([loadModel(), toBase64(picture)]);
  const json = { input: image, modality: 'image', encoding_format: 'base64' };
  const { data } = await ask<{ data: { embedding: string }[] }>('/v1/embeddings', { json, signal });
  return { embedding: (data[0] as { embedding: string }).embedding, fingerprint: model.fingerprint };
}

/** Ranks labels for pictures that are embedded already. */
export async function rankLabels(pictures: readonly EmbeddedPicture[], choice: Choice, signal: AbortSignal): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let at = 0; at < pictures.length; at += AT_ONCE) {
    const part = pictures.slice(at, at + AT_ONCE);
    const [{ fingerprint }] = part as [EmbeddedPicture];
    const json: RankRequest = { ...choice, embeddings: part.map(({ embedding }) => embedding), fingerprint, topK: TOP_K };
    answers.push(...(await ask<RankResult>('/v1/rank', { json, signal })).results);
  }
  return answers;
}

const TOP_K = 1000;
/** Fewer than the service takes in one request, unless it was told to take very few. */
const AT_ONCE = 32;

export async function toBase64(picture: Blob): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(''));
}
