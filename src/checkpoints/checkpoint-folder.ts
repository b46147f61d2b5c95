import type { CheckpointFiles } from './model-files.js';

/** The model that ships with labelwise. */
export const EMBEDDED_MODEL = 'pocket';

/** Whether embeddings of an earlier embedded model meet the one of this package, whose files nobody chooses. */
export const isNewEmbedded = (made: { readonly name: string }, now: { readonly name: string }): boolean =>
  made.name === EMBEDDED_MODEL && now.name === EMBEDDED_MODEL;

export const NEW_EMBEDDED = `This version of labelwise has a new embedded model. Embed the images again: labelwise index migrate --model ${EMBEDDED_MODEL}`;

/** A checkpoint whose files are on disk, before they are read. */
export interface CheckpointFolder {
  /** The name for people and messages. */
  readonly name: string;
  readonly source: 'embedded' | 'folder' | 'hub';
  /** The commit on the hub. */
  readonly revision?: string | undefined;
  readonly folder: string;
  readonly files: CheckpointFiles;
  /** Facts about the logits that are known from elsewhere than the folder: the hub's weights. */
  readonly logits?: KnownLogits | undefined;
}

/** The multiplier of the cosine and its bias, with where they come from. */
export interface KnownLogits {
  readonly logitScale: number;
  /** Undefined where no file states it: models that were trained with softmax have none. */
  readonly logitBias: number | undefined;
  readonly source: LogitScaleSource;
}

/** `config`: the checkpoint states it; `weights`: the trained scalar; `joint`: solved from the joint model's logits; `published`: known of this repository; `given`: by the user; `assumed`: unknown, 100. */
export type LogitScaleSource = 'config' | 'weights' | 'joint' | 'published' | 'given' | 'assumed';
