import { type Stage, subscribeToStages } from '../images/stage-channel.js';
import type { Metrics } from './metrics.js';
import { addSpan } from './tracing.js';

/** Counts the stages of images, and keeps those of an image until its request asks for them. */
export class StageTimes {
  /** The stages of one image, by its bytes. */
  readonly #stages = new WeakMap<object, Stage[]>();
  readonly close: () => void;

  constructor(metrics: Metrics) {
    this.close = subscribeToStages((stage) => {
      metrics.observeStage(stage);
      if (stage.source) this.#stages.set(stage.source, [...(this.#stages.get(stage.source) ?? []), stage]);
    });
  }

  /** Spans of the stages that an image went through; what follows its preparation is the encoder's, with the wait for a batch. */
  addSpans(image: object, endMs: number): void {
    const stages = this.#stages.get(image) ?? [];
    for (const { stage, startMs, endMs: stageEndMs } of stages) addSpan(stage, startMs, stageEndMs);
    const prepared = stages.at(-1)?.endMs;
    if (prepared !== undefined) addSpan('encode', prepared, endMs);
  }
}
