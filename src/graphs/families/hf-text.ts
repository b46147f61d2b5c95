import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { activation } from '../blocks/activation.js';
import { linear, linearNames } from '../blocks/linear.js';
import { meanOverTokens } from '../blocks/pooling.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { writeBertText, writeRobertaText } from './hf-bert-text.js';
import { size } from './hf-names.js';
import type { HfTextRequest, HfTextTower } from './hf-text-tower.js';
import { writeMt5Text } from './mt5-text.js';
import { writeNllbText } from './nllb-text.js';

const pooler = z.enum(['mean_pooler', 'cls_pooler', 'cls_last_hidden_state_pooler']);
const projection = z.enum(['mlp', 'linear', 'none']);

/** OpenCLIP's text_cfg where a model of transformers is the text tower. Its configuration is named and not written down. */
export const hfTextSchema = z.object({
  hf_model_name: z.string(),
  context_length: size.default(77),
  hf_pooler_type: pooler.optional(),
  pooler_type: pooler.default('mean_pooler'), // the older word
  hf_proj_type: projection.optional(),
  proj: projection.default('mlp'), // the older word
});

interface TextWriter {
  readonly write: (b: GraphBuilder, request: HfTextRequest) => HfTextTower;
  /** It has a layer of its own after the first token, which "cls_pooler" stands for. */
  readonly hasPooler: boolean;
}

/** By the whole name: many models have the tensors of BERT and other numbers in their configuration. */
const WRITERS: readonly [RegExp, TextWriter][] = [
  [/^(?:[\w-]+\/)?(?:xlm-)?roberta-(?:base|large)$|\/xlm-v-base$/i, { write: writeRobertaText, hasPooler: true }],
  [/^(?:[\w-]+\/)?bert-(?:base|large)-|\/BiomedNLP-(?:BiomedBERT|PubMedBERT)-/i, { write: writeBertText, hasPooler: true }],
  [/\/nllb-200-/i, { write: writeNllbText, hasPooler: false }],
  [/\/mt5-(?:small|base|large|xl)$/i, { write: writeMt5Text, hasPooler: false }],
];

/** A text tower of transformers within OpenCLIP (open_clip/hf_model.py). */
export function writeHfText(b: GraphBuilder, text: z.infer<typeof hfTextSchema>, dimension: number): void {
  const { hf_model_name: name, context_length: maxLength } = text;
  const pooling = text.hf_pooler_type ?? text.pooler_type;
  const writer = WRITERS.find(([pattern]) => pattern.test(name))?.[1];
  if (!writer)
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `open_clip_config.json: model_cfg.text_cfg: labelwise does not support "hf_model_name" ("${name}").`,
      { hint: 'It supports BERT, RoBERTa, XLM-R, NLLB and mT5: use an ONNX export for another text tower of transformers.' },
    );
  const isMean = pooling === 'mean_pooler';
  const { last, mask, width } = writer.write(b, { isMean, maxLength });
  const pooled = isMean ? meanOverTokens(b, last, mask) : last.rows;
  const headed = pooling === 'cls_pooler' && writer.hasPooler ? poolerOf(b, pooled, width) : pooled;
  b.output(project(b, headed, text.hf_proj_type ?? text.proj, { width, dimension }), 'text_embeds', ['batch', dimension]);
}

/** BERT's own layer after its first token. */
const poolerOf = (b: GraphBuilder, x: Value, width: number): Value =>
  b.node('Tanh', [linear(b, x, linearNames('text.transformer.pooler.dense'), width, width)]);

function project(
  b: GraphBuilder,
  pooled: Value,
  type: z.infer<typeof projection>,
  { width, dimension }: { readonly width: number; readonly dimension: number },
): Value {
  if (type === 'none') return pooled;
  if (type === 'linear') return linear(b, pooled, { weight: 'text.proj.weight', isProjection: true }, width, dimension);
  const middle = Math.floor((width + dimension) / 2);
  const up = activation(b, linear(b, pooled, { weight: 'text.proj.0.weight', isProjection: true }, width, middle), 'gelu');
  return linear(b, up, { weight: 'text.proj.2.weight', isProjection: true }, middle, dimension);
}
