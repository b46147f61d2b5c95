import { ask } from './request.js';

export interface Prediction {
  readonly label: string;
  readonly similarity: number;
  readonly probability: number | null;
}

export interface Answer {
  readonly predictions: readonly Prediction[];
  readonly none?: { readonly probability: number; readonly isNone: boolean };
  readonly levels?: readonly string[];
  /** Where several may be right: those that are likely enough. */
  readonly shown?: readonly string[];
}

/** The labels to choose from and how, as a request says it. */
export interface Choice {
  readonly labels?: readonly string[];
  readonly labelSet?: string;
  readonly templates?: readonly string[];
  readonly templateSet?: string;
  readonly multiple?: boolean;
  readonly none?: boolean;
}

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
  const [first] = pictures;
  if (!first) return [];
  const embeddings = pictures.map(({ embedding }) => embedding);
  const json = { ...choice, embeddings, fingerprint: first.fingerprint, topK: TOP_K };
  return (await ask<{ results: Answer[] }>('/v1/rank', { json, signal })).results;
}

const TOP_K = 1000;

export async function toBase64(picture: Blob): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(''));
}
