import { LabelwiseError } from '../../errors.js';
import type { GraphBuilder, Value } from '../graph-builder.js';

const silu = (b: GraphBuilder, x: Value): Value => b.node('QuickGelu', [x], { alpha: { float: 1 } }); // x * sigmoid(x)

/** By the names that config.json uses. */
const ACTIVATIONS: Readonly<Record<string, (b: GraphBuilder, x: Value) => Value>> = {
  quick_gelu: (b, x) => b.node('QuickGelu', [x], { alpha: { float: 1.702 } }), // x * sigmoid(1.702 x), of OpenAI's CLIP
  gelu: (b, x) => b.node('Gelu', [x]), // Hendrycks and Gimpel, 2016, with erf
  gelu_pytorch_tanh: (b, x) => b.node('FastGelu', [x]), // the same with tanh
  gelu_new: (b, x) => b.node('FastGelu', [x]),
  relu: (b, x) => b.node('Relu', [x]),
  ...{ silu, swish: silu },
};

/** @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` for a name that is not known */
export function activation(b: GraphBuilder, x: Value, name: string): Value {
  const apply = ACTIVATIONS[name];
  if (apply) return apply(b, x);
  throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `Expected an activation of ${Object.keys(ACTIVATIONS).join(', ')}, got "${name}".`);
}
