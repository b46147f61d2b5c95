import type { GraphBuilder } from '../graph-builder.js';

/** A dual encoder as graphs: each side writes inputs, nodes and its output, the embedding before normalisation [batch, dimension]. */
export interface DualEncoderGraphs {
  writeImageTower(b: GraphBuilder): void;
  writeTextTower(b: GraphBuilder): void;
  /** Tensors of parts that neither tower has. */
  readonly aside?: RegExp;
}

/** Turns a checkpoint's configuration into its graphs. @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` */
export type FamilyReader = (config: unknown) => DualEncoderGraphs;
