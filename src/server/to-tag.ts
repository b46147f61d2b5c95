import { z } from '@hono/zod-openapi';
import type { ImageTag } from '../core/image-tags.js';
import type { MadeCorrection } from '../tasks/images/correct-image.js';
import { RequestProblem } from './problem.js';

export const toTag = ({ label: tag, probability, labelSet: tagSet }: ImageTag) => ({
  tag,
  probability: probability ?? null,
  tagSet: tagSet ?? null,
});

const changeOf = (isAdded: boolean) => (isAdded ? ('added' as const) : ('removed' as const));

/** A correction as answers show it. Its id holds what it replaced, so that it can be undone after a restart too. */
export function toCorrection(made: MadeCorrection) {
  const { tag, isAdded, correctedAt, replaced } = made;
  return {
    id: encodeCorrection(made),
    tag,
    change: changeOf(isAdded),
    correctedAt,
    replaced: replaced ? { change: changeOf(replaced.isAdded), correctedAt: replaced.correctedAt } : null,
  };
}

const idSchema = z.tuple([z.string(), z.boolean(), z.string(), z.tuple([z.boolean(), z.string()]).nullable()]);

const encodeCorrection = ({ tag, isAdded, correctedAt, replaced }: MadeCorrection): string =>
  Buffer.from(JSON.stringify([tag, isAdded, correctedAt, replaced ? [replaced.isAdded, replaced.correctedAt] : null])).toString(
    'base64url',
  );

/** @throws RequestProblem 404 for what is no id of a correction */
export function decodeCorrection(id: string): MadeCorrection {
  try {
    const [tag, isAdded, correctedAt, replaced] = idSchema.parse(JSON.parse(Buffer.from(id, 'base64url').toString('utf8')));
    return { tag, isAdded, correctedAt, replaced: replaced ? { isAdded: replaced[0], correctedAt: replaced[1] } : undefined };
  } catch {
    throw new RequestProblem(404, 'CORRECTION_NOT_FOUND', 'There is no correction of this id.', {
      hint: 'Its id is in the answer that made it, and in GET /v1/images/{id}.',
    });
  }
}
