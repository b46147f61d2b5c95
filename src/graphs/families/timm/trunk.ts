import type { GraphBuilder, Value } from '../../graph-builder.js';

/** Where OpenCLIP keeps the tensors of a trunk of timm. */
export const TRUNK = 'visual.trunk';

/** What OpenCLIP asks of a trunk. */
export interface TrunkRequest {
  /** timm's name of the model, without the tag of its weights. */
  readonly name: string;
  readonly imageSize: number;
  /** timm's `global_pool`; empty for the trunk's own. */
  readonly pool: string;
  /** timm's arguments that replace those of the name. */
  readonly modelArgs: { readonly embed_dim?: number | undefined; readonly depth?: number | undefined };
}

/** The pooled features of a trunk. */
export interface Features {
  /** [batch, width] */
  readonly rows: Value;
  readonly width: number;
  /** The prefix of the trunk's own classifier, which OpenCLIP uses as projection where it has none. */
  readonly classifier: string;
}

/** Writes a trunk from pixels to pooled features; undefined where it does not know the name. @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` */
export type TrunkWriter = (b: GraphBuilder, pixels: Value, request: TrunkRequest) => Features | undefined;
