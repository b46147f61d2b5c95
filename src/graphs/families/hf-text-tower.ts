import type { Tokens } from '../blocks/encoder-layer.js';
import type { Value } from '../graph-builder.js';

/** A text tower before its pooling: `last` has all tokens, or only the first where that is all that is read. */
export interface HfTextTower {
  readonly last: Tokens;
  readonly mask: Value;
  readonly width: number;
}

export interface HfTextRequest {
  readonly isMean: boolean;
  /** The most tokens of a text. */
  readonly maxLength: number;
}
