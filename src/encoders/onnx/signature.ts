import { LabelwiseError } from '../../errors.js';
import type { SessionInfo, TensorInfo } from '../engines/protocol.js';

/** The inputs that a dual encoder's graph may have, and what they hold. */
const KNOWN_INPUTS = [
  ...(['pixel_values', 'pixel_attention_mask', 'spatial_shapes'] as const),
  ...(['input_ids', 'attention_mask', 'token_type_ids'] as const),
] as const;
export type InputName = (typeof KNOWN_INPUTS)[number];
/** Other names that exporters give to them: OpenCLIP's own and Immich's. */
const ALIASES: Readonly<Record<string, InputName>> = {
  image: 'pixel_values',
  images: 'pixel_values',
  text: 'input_ids',
  tokens: 'input_ids',
};

/** All names under which a graph may have inputs and outputs that labelwise knows. */
export const knownNames = (): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } => ({
  inputs: [...KNOWN_INPUTS, ...Object.keys(ALIASES)],
  outputs: [...new Set([...OUTPUTS.image, ...OUTPUTS.text, 'logits_per_image', 'logits_per_text'])],
});

/** A graph's inputs and outputs, checked: which to feed, with which types, and which output to read. */
export interface Signature {
  readonly types: Readonly<Partial<Record<InputName, string>>>;
  /** The graph's own names of its inputs, where they differ. */
  readonly names: Readonly<Partial<Record<InputName, string>>>;
  readonly output: string;
  /** Set where the graph takes one batch size alone, or gives the same embedding in no other. */
  readonly fixedBatch: number | undefined;
  /** Set where the graph takes texts of one length alone. */
  readonly fixedTextLength: number | undefined;
  /** Set where the graph takes pictures as lists of square patches (NaFlex), perhaps always as many. */
  readonly patches?: { readonly side: number; readonly fixedCount: number | undefined };
}

const OUTPUTS = {
  image: ['image_embeds', 'pooler_output', 'sentence_embedding', 'image_embeddings', 'l2norm_image_embeddings', 'embedding'],
  text: ['text_embeds', 'pooler_output', 'sentence_embedding', 'text_embeddings', 'l2norm_text_embeddings', 'embedding'],
} as const;
const NEEDED = { image: 'pixel_values', text: 'input_ids' } as const;

/**
 * Checks that a session is an image or text tower (or both in one).
 *
 * @throws LabelwiseError `CHECKPOINT_UNSUPPORTED` with the names that it has
 */
export function readSignature(info: SessionInfo, side: 'image' | 'text', file: string): Signature {
  const nameOf = (own: string): string => ALIASES[own] ?? own;
  const inputs = info.inputs.map((input) => nameOf(input.name));
  const outputs = info.outputs.map((output) => output.name);
  const unknown = inputs.filter((name) => !(KNOWN_INPUTS as readonly string[]).includes(name));
  const only = info.outputs.length === 1 && info.outputs[0]?.shape.length === 2 ? outputs[0] : undefined; // torch names it as it likes
  const output = OUTPUTS[side].find((name) => outputs.includes(name)) ?? only;
  if (!inputs.includes(NEEDED[side]) || unknown.length > 0 || output === undefined) {
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `Expected ${file} to take ${NEEDED[side]} and give ${OUTPUTS[side].slice(0, 2).join(' or ')}, got inputs [${inputs.join(', ')}] and outputs [${outputs.join(', ')}].`,
      { hint: 'Use an export in the layout of the hub (optimum-cli, Xenova or onnx-community).' },
    );
  }
  const shapeOf = (name: string): TensorInfo['shape'] => info.inputs.find((input) => nameOf(input.name) === name)?.shape ?? [];
  const fixed = (size: number | string | undefined): number | undefined => (typeof size === 'number' && size > 0 ? size : undefined);
  return {
    types: Object.fromEntries(info.inputs.map((input) => [nameOf(input.name), input.type])),
    names: Object.fromEntries(info.inputs.flatMap(({ name }) => (nameOf(name) === name ? [] : [[nameOf(name), name]]))),
    output,
    fixedBatch: fixed(shapeOf(NEEDED[side])[0]),
    fixedTextLength: fixed(shapeOf('input_ids')[1]),
    ...(inputs.includes('spatial_shapes')
      ? { patches: { side: patchSideOf(shapeOf('pixel_values'), file), fixedCount: fixed(shapeOf('pixel_values')[1]) } }
      : {}),
  };
}

/** The side of the patches of a graph that takes [batch, patches, side * side * 3]. */
function patchSideOf(shape: TensorInfo['shape'], file: string): number {
  const side = Math.sqrt(Number(shape[2]) / 3);
  if (shape.length === 3 && Number.isInteger(side)) return side;
  throw new LabelwiseError(
    'CHECKPOINT_UNSUPPORTED',
    `Expected ${file} to take patches as [batch, patches, side * side * 3], got [${shape.join(', ')}].`,
  );
}
