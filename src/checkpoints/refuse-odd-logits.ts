import { LabelwiseError } from '../errors.js';
import type { KnownLogits } from './checkpoint-folder.js';

/** Trained scales are 18 to 120. Far beyond, every probability is 0 or 1, and float32 overflows in the end. */
const MAX_LOGIT_SCALE = 10_000;

/**
 * Refuses a scale or bias that would make probabilities of NaN.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` for a scale that was given, `CHECKPOINT_DAMAGED` for one that the checkpoint says
 */
export function refuseOddLogits(name: string, { logitScale, logitBias, source }: KnownLogits): void {
  const isScale = logitScale > 0 && logitScale <= MAX_LOGIT_SCALE;
  if (isScale && (logitBias === undefined || Number.isFinite(logitBias))) return;
  if (!isScale && source === 'given')
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected \`logitScale\` to be above 0 and at most ${MAX_LOGIT_SCALE}, got ${logitScale}.`,
      {
        hint: 'Most CLIP models are trained to 100; leave it out for checkpoints that say theirs.',
      },
    );
  throw new LabelwiseError(
    'CHECKPOINT_DAMAGED',
    `Expected ${name} to have a logit scale above 0 and at most ${MAX_LOGIT_SCALE} and a finite bias, got ${logitScale} and ${logitBias ?? 'no bias'} from its ${source}.`,
    { hint: 'Download the checkpoint again: labelwise models pull NAME.' },
  );
}
