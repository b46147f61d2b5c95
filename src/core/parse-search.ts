import { LabelwiseError } from '../errors.js';

/** A parsed search: words for the encoder, and tags that images must or must not have. */
export interface SearchTerms {
  /** The remaining words; empty if the search has only tags. */
  readonly text: string;
  readonly tags: readonly string[];
  readonly withoutTags: readonly string[];
}

const TAG_TERM = /(^|\s)(-?)tag:(?:"([^"]*)"|([^\s"]\S*))(?=\s|$)/giu;

/**
 * Splits a search into its words and its tags (`tag:dog`, `tag:"red panda"`, `-tag:cat`). Images must match all tags.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` for "tag:" without a name, or with a quote that is never closed
 * @example
 * parseSearch('on the beach tag:dog -tag:cat') // { text: 'on the beach', tags: ['dog'], withoutTags: ['cat'] }
 */
export function parseSearch(search: string): SearchTerms {
  const tags: string[] = [];
  const withoutTags: string[] = [];
  const text = search.replace(TAG_TERM, (_term, _space, minus: string, quoted: string | undefined, plain: string | undefined) => {
    const label = toTagName(quoted ?? plain ?? '');
    if (label === '') throw noTag(search);
    (minus === '-' ? withoutTags : tags).push(label);
    return ' ';
  });
  if (/(?:^|\s)-?tag:/iu.test(text)) throw noTag(search);
  return { text: text.replace(/\s+/g, ' ').trim(), tags, withoutTags };
}

const noTag = (search: string): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', `Expected a tag's name right after "tag:", got ${JSON.stringify(search)}.`, {
    hint: 'For example: tag:dog, or tag:"red panda" with both its quotes.',
  });

/** A tag's name in the form in which labels are kept. */
export function toTagName(name: string): string {
  return name.normalize('NFC').trim();
}
