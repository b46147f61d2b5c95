import { norm } from '../core/embedding.js';
import { formatCount } from '../core/format-count.js';
import type { ImageOutcome, ImageSource } from '../core/ports.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { paddedLength, padTokens } from '../encoders/text/pad-tokens.js';
import { showInput } from '../files/show-path.js';
import { prepareImage } from '../images/prepare-image.js';
import { readImageBytes } from '../images/read-image.js';
import { describeTransform, WEIGHTS } from './describe-model.js';
import type { OpenedZeroShot } from './open-zero-shot.js';

/** A step from images and labels to a ranking, for people. */
export interface ExplainedStep {
  readonly title: string;
  readonly detail?: string;
  readonly lines: readonly string[];
}

const SHOWN = 3;

/** How labels became class embeddings; `cacheFolder` is where they are kept. */
export async function explainLabels(
  opened: OpenedZeroShot,
  { cacheFolder }: { cacheFolder?: string | undefined },
): Promise<ExplainedStep[]> {
  const { encoder, zeroShot, isFromCache } = opened;
  const { labelSet, prompts, vectors, templates } = zeroShot.classEmbeddings;
  return [
    await explainModel(encoder, zeroShot.scoring),
    {
      title: 'Labels and prompts',
      lines: [
        `${formatCount(labelSet.labels.length, 'label')}: ${some(
          labelSet.labels.map(({ name }) => name),
          8,
        )}`,
        `${formatCount(templates.length, 'template')}: ${some(
          templates.map((text) => `"${text}"`),
          SHOWN,
        )}`,
      ],
    },
    await explainTokens(encoder, prompts.flat().slice(0, SHOWN)),
    {
      title: 'Class embeddings',
      detail: isFromCache ? '(kept from an earlier run: no text was encoded)' : '(encoded now)',
      lines: [
        `shape [${vectors.length}, ${vectors[0]?.length ?? 0}]: mean over ${formatCount(prompts[0]?.length ?? 0, 'prompt')} a label, length ${lengths(vectors)}`,
        ...(cacheFolder === undefined ? [] : [`kept in ${cacheFolder}`]),
      ],
    },
  ];
}

async function explainModel(encoder: Encoder, scoring: string): Promise<ExplainedStep> {
  const { manifest, info, logitSource } = encoder;
  const { engine, device, reasons } = await encoder.device();
  const bias = Number.isNaN(info.logitBias) ? 'unknown' : info.logitBias.toFixed(3);
  return {
    title: 'Model',
    lines: [
      `${info.name} (${manifest.modelType}, ${manifest.dtype}, ${WEIGHTS[manifest.model.kind]}), fingerprint ${info.fingerprint}`,
      `logit scale ${info.logitScale.toFixed(3)} (${logitSource}), bias ${bias}, probabilities by ${scoring}`,
      `runs on ${device}: ${reasons.join('; ')}`,
      `engine ${engine}, ${encoder.settings.precision}`,
    ],
  };
}

async function explainTokens(encoder: Encoder, prompts: readonly string[]): Promise<ExplainedStep> {
  const tokenizer = await encoder.tokenizer();
  const tokenized = prompts.map((prompt) => ({ prompt, ids: tokenizer.tokenize(prompt).ids }));
  const length = paddedLength(
    tokenized.map(({ ids }) => ids),
    tokenizer.rules,
  );
  return {
    title: 'Tokens',
    detail: `(at most ${tokenizer.rules.maxLength}; input_ids [${prompts.length}, ${length}] for the prompts shown)`,
    lines: tokenized.flatMap(({ prompt, ids }) => {
      const { inputIds, attentionMask } = padTokens(ids, length, tokenizer.rules);
      return [
        `prompt          ${JSON.stringify(prompt)}`,
        `  tokens        ${tokenizer.tokensOf(ids).join(' ')}`,
        `  token ids     ${inputIds.join(' ')}`,
        `  mask          ${attentionMask.join(' ')}`,
        `  decoded       ${JSON.stringify(tokenizer.decode(ids))}`,
      ];
    }),
  };
}

interface EncodedImage {
  readonly path: string;
  readonly source: ImageSource;
  readonly outcome: Extract<ImageOutcome, { embedding: unknown }>;
}

/** How one image became an embedding. */
export async function explainImage(
  encoder: Encoder,
  { path, source, outcome }: EncodedImage,
  signal?: AbortSignal,
): Promise<ExplainedStep> {
  const { manifest, limits } = encoder;
  const bytes = await readImageBytes(source, limits, signal);
  const { pixels, inputHeight, inputWidth } = await prepareImage(bytes, { transform: manifest.imageTransform, limits });
  let [low, high] = [Infinity, -Infinity];
  for (const value of pixels) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const { embedding, width, height } = outcome;
  const first = [...embedding.slice(0, 4)].map((x) => x.toFixed(4)).join(' ');
  return {
    title: 'Image',
    detail: showInput(path),
    lines: [
      `${width} x ${height} pixels: ${describeTransform(manifest.imageTransform)}`,
      `pixel_values [1, 3, ${inputHeight}, ${inputWidth}], values ${low.toFixed(3)} to ${high.toFixed(3)}`,
      `embedding [1, ${embedding.length}], length ${norm(embedding).toFixed(6)}, begins ${first}`,
    ],
  };
}

const some = (all: readonly string[], most: number): string => `${all.slice(0, most).join(', ')}${all.length > most ? ', ...' : ''}`;

function lengths(vectors: readonly Float32Array[]): string {
  const norms = vectors.map(norm);
  return `${Math.min(...norms).toFixed(6)} to ${Math.max(...norms).toFixed(6)}`;
}
