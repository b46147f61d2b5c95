import { encoder, type LayerNames } from '../blocks/encoder-layer.js';
import { linearNames } from '../blocks/linear.js';
import { countTokens, pickAt } from '../blocks/pooling.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { HfTextRequest, HfTextTower } from './hf-text-tower.js';

const ROOT = 'text.transformer';
const HEADS = 16; // of every published NLLB
const FIRST_POSITION = 2; // the id of padding, 1, and one more

/** The encoder of NLLB within OpenCLIP (Visheratin, 2023): M2M100 of transformers. Sizes are those of the tensors. */
export function writeNllbText(b: GraphBuilder, { isMean, maxLength }: HfTextRequest): HfTextTower {
  const [vocabulary = 1, width = HEADS] = b.shapeOf(`${ROOT}.embed_tokens.weight`);
  const [hidden = 1] = b.shapeOf(`${ROOT}.layers.0.fc1.weight`);
  const layers = b.countLayers((layer) => `${ROOT}.layers.${layer}.fc1.weight`);
  const shape = { width, hidden, layers, heads: HEADS, activation: 'relu', epsilon: 1e-5 };
  const ids = b.input('input_ids', 'int64', ['batch', 'length']);
  const mask = b.input('attention_mask', 'int64', ['batch', 'length']);
  const gathered = b.format.gather(b, `${ROOT}.embed_tokens.weight`, ids, [vocabulary, width]);
  const scaled = b.node('Mul', [gathered, b.floats([Math.sqrt(width)], [])]);
  const length = b.node('Shape', [ids], { start: 1, end: 2 });
  const places = b.node('Slice', [sinusoids(b, maxLength, width), b.integers([0]), length, b.integers([0])]);
  const embedded = b.node('Add', [scaled, places]);
  const tokens = { rows: b.node('Reshape', [embedded, b.integers([-1, width])]), shape: b.node('Shape', [embedded]) };
  const keys = countTokens(b, mask);
  const picker = isMean ? undefined : { ...pickAt(b, 0, width), mask: { keys } };
  const last = encoder(b, tokens, layerNames, shape, { mask: { keys }, finalNorm: `${ROOT}.layer_norm`, picker });
  return { last, mask, width };
}

/** Sines, then cosines, of each place at frequencies that fall from 1 to 1 / 10,000 (Vaswani et al., 2017). -> [length, width] */
function sinusoids(b: GraphBuilder, length: number, width: number): Value {
  const half = width / 2;
  const table = Float32Array.from({ length: length * width }, (_, i) => {
    const [place, column] = [Math.floor(i / width) + FIRST_POSITION, i % width];
    const angle = Math.fround(place * Math.exp((-Math.log(10_000) / (half - 1)) * (column % half)));
    return column < half ? Math.sin(angle) : Math.cos(angle);
  });
  return b.constant('positions', 'float32', [length, width], new Uint8Array(table.buffer));
}

function layerNames(layer: number): LayerNames {
  const at = `${ROOT}.layers.${layer}`;
  const projection = (name: string) => linearNames(`${at}.self_attn.${name}_proj`);
  return {
    norm1: `${at}.self_attn_layer_norm`,
    qkv: { query: projection('q'), key: projection('k'), value: projection('v') },
    out: projection('out'),
    norm2: `${at}.final_layer_norm`,
    up: linearNames(`${at}.fc1`),
    down: linearNames(`${at}.fc2`),
  };
}
