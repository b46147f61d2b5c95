import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { activation } from '../blocks/activation.js';
import { linear } from '../blocks/linear.js';
import { meanOverTokens } from '../blocks/pooling.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { size } from './hf-names.js';
import type { HfTextRequest, HfTextTower } from './hf-text-tower.js';
import { writeNllbText } from './nllb-text.js';
import { writeRobertaText } from './roberta-text.js';

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

const WRITERS: readonly [RegExp, (b: GraphBuilder, request: HfTextRequest) => HfTextTower][] = [
  [/roberta/i, writeRobertaText],
  [/nllb/i, writeNllbText],
];

/** A text tower of transformers within OpenCLIP (open_clip/hf_model.py). */
export function writeHfText(b: GraphBuilder, text: z.infer<typeof hfTextSchema>, dimension: number): void {
  const { hf_model_name: name, context_length: maxLength } = text;
  const pooling = text.hf_pooler_type ?? text.pooler_type;
  const isPooled = pooling === 'cls_pooler' && /roberta/i.test(name); // it has a layer of its own, which no published model uses
  const write = WRITERS.find(([pattern]) => pattern.test(name))?.[1];
  if (!write || isPooled)
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `open_clip_config.json: model_cfg.text_cfg: labelwise does not support ${isPooled ? `"hf_pooler_type" ("${pooling}") of ${name}` : `"hf_model_name" ("${name}")`}.`,
      { hint: 'It supports RoBERTa, XLM-R and NLLB: use an ONNX export for another text tower of transformers.' },
    );
  const isMean = pooling === 'mean_pooler';
  const { last, mask, width } = write(b, { isMean, maxLength });
  const pooled = isMean ? meanOverTokens(b, last, mask) : last.rows;
  b.output(project(b, pooled, text.hf_proj_type ?? text.proj, { width, dimension }), 'text_embeds', ['batch', dimension]);
}

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
