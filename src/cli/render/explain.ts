import { norm } from '../../core/embedding.js';
import type { ImageOutcome } from '../../core/ports.js';
import { paddedLength, padTokens } from '../../encoders/text/pad-tokens.js';
import { prepareImage } from '../../images/prepare-image.js';
import { readImageBytes } from '../../images/read-image.js';
import type { OpenedZeroShot } from '../../tasks/open-zero-shot.js';
import type { Run } from '../context.js';
import type { FoundImage } from '../find-images.js';
import { writeLine } from '../io.js';
import { describeTransform, WEIGHTS } from './describe-model.js';
import { paint } from './paint.js';
import type { Format } from './rows.js';
import { showInput } from './show-path.js';

const SHOWN = 3;

/** Shows how labels became class embeddings. It goes to stdout for people, to stderr beside data for programs. */
export async function explainLabels(opened: OpenedZeroShot, run: Run, format: Format): Promise<void> {
  const { encoder, zeroShot, isFromCache } = opened;
  const { labelSet, prompts, vectors, templates } = zeroShot.classEmbeddings;
  const { manifest, info } = encoder;
  const tokenizer = await encoder.tokenizer();
  const out = format === 'human' ? run.io.stdout : run.io.stderr;
  const title = paint(run.io, 'bold', out);
  const say = (line: string): Promise<void> => writeLine(out, line);
  const device = await encoder.device();

  await say(title('Model'));
  await say(`  ${info.name} (${manifest.modelType}, ${manifest.dtype}, ${WEIGHTS[manifest.model.kind]}), fingerprint ${info.fingerprint}`);
  await say(
    `  logit scale ${info.logitScale.toFixed(3)} (${encoder.logitSource}), bias ${Number.isNaN(info.logitBias) ? 'unknown' : info.logitBias.toFixed(3)}, probabilities by ${zeroShot.scoring}`,
  );
  await say(`  runs on ${device.device}: ${device.reasons.join('; ')}`);
  await say(title('Labels and prompts'));
  await say(
    `  ${count(labelSet.labels.length, 'label')}: ${labelSet.labels
      .slice(0, 8)
      .map((label) => label.name)
      .join(', ')}${labelSet.labels.length > 8 ? ', ...' : ''}`,
  );
  await say(
    `  ${count(templates.length, 'template')}: ${templates
      .slice(0, SHOWN)
      .map((text) => `"${text}"`)
      .join(', ')}${templates.length > SHOWN ? ', ...' : ''}`,
  );
  const shown = prompts.flat().slice(0, SHOWN);
  const tokenized = shown.map((prompt) => tokenizer.tokenize(prompt).ids);
  const length = paddedLength(tokenized, tokenizer.rules);
  await say(`${title('Tokens')}  (at most ${tokenizer.rules.maxLength}; input_ids [${shown.length}, ${length}] for the prompts shown)`);
  for (const [i, ids] of tokenized.entries()) {
    const { inputIds, attentionMask } = padTokens(ids, length, tokenizer.rules);
    await say(`  prompt          ${JSON.stringify(shown[i])}`);
    await say(`    tokens        ${tokenizer.tokensOf(ids).join(' ')}`);
    await say(`    token ids     ${inputIds.join(' ')}`);
    await say(`    mask          ${attentionMask.join(' ')}`);
    await say(`    decoded       ${JSON.stringify(tokenizer.decode(ids))}`);
  }
  await say(title('Class embeddings') + (isFromCache ? '  (kept from an earlier run: no text was encoded)' : '  (encoded now)'));
  await say(
    `  shape [${vectors.length}, ${vectors[0]?.length ?? 0}]: mean over ${count(prompts[0]?.length ?? 0, 'prompt')} a label, length ${lengths(vectors)}`,
  );
  if (run.config.cache) await say(`  kept in ${run.config.cacheFolder}`);
  await say('');
}

/** Shows how one image became an embedding. */
export async function explainImage(
  opened: OpenedZeroShot,
  outcome: Extract<ImageOutcome, { embedding: unknown }>,
  found: FoundImage,
  run: Run,
  format: Format,
): Promise<void> {
  const { encoder } = opened;
  const out = format === 'human' ? run.io.stdout : run.io.stderr;
  const bytes = await readImageBytes(found.source, encoder.limits, run.io.signal);
  const { pixels, inputHeight, inputWidth } = await prepareImage(bytes, {
    transform: encoder.manifest.imageTransform,
    limits: encoder.limits,
  });
  const range = pixels.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as [number, number], [
    Infinity,
    -Infinity,
  ] as [number, number]);
  await writeLine(out, `${paint(run.io, 'bold', out)('Image')}  ${showInput(found.path)}`);
  await writeLine(out, `  ${outcome.width} x ${outcome.height} pixels: ${describeTransform(encoder.manifest.imageTransform)}`);
  await writeLine(out, `  pixel_values [1, 3, ${inputHeight}, ${inputWidth}], values ${range.map((x) => x.toFixed(3)).join(' to ')}`);
  await writeLine(
    out,
    `  embedding [1, ${outcome.embedding.length}], length ${norm(outcome.embedding).toFixed(6)}, begins ${[...outcome.embedding.slice(0, 4)].map((x) => x.toFixed(4)).join(' ')}`,
  );
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

function lengths(vectors: readonly Float32Array[]): string {
  const norms = vectors.map(norm);
  return `${Math.min(...norms).toFixed(6)} to ${Math.max(...norms).toFixed(6)}`;
}
