import { channel } from 'node:diagnostics_channel';

/** A stage of the work on images that has ended. Times are milliseconds of performance.now(). */
export interface Stage {
  readonly stage: 'decode' | 'preprocess' | 'encode';
  readonly startMs: number;
  readonly endMs: number;
  /** Images: one that was decoded, or those of a batch. */
  readonly images: number;
  /** The encoded bytes, where the stage concerns one image. */
  readonly source?: object | undefined;
}

/** Where stages are told, to whoever listens: figures and traces of a service. Nothing is measured twice where nobody listens. */
const stages = channel('labelwise:stage');

export function publishStage(stage: Stage): void {
  if (stages.hasSubscribers) stages.publish(stage);
}

/** Calls `onStage` for each stage of this process's images; the result ends it. */
export function subscribeToStages(onStage: (stage: Stage) => void): () => void {
  const listener = (message: unknown): void => onStage(message as Stage);
  stages.subscribe(listener);
  return () => void stages.unsubscribe(listener);
}
