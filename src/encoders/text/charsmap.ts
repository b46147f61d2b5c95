import { LabelwiseError } from '../../errors.js';

const encoder = new TextEncoder();
/** Graphemes of more bytes are looked up character by character. */
const LONGEST_GRAPHEME = 5;

/**
 * SentencePiece's compiled normalisation: a double-array trie (Yata et al., darts-clone) from byte strings to places in a list of replacements, each
 * ended by a zero byte. The rule follows spm_precompiled, which Python's tokenizers use, and so does its oddity: the shortest prefix that the trie
 * knows stands for the whole grapheme.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED`
 */
export function readCharsmap(base64: string): (text: string) => string {
  const bytes = Buffer.from(base64, 'base64');
  const trieBytes = bytes.length < 4 ? -1 : bytes.readUInt32LE(0);
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length)
    throw new LabelwiseError('CHECKPOINT_DAMAGED', 'tokenizer.json: the precompiled_charsmap of its normalizer is cut short or broken.', {
      hint: 'Download the file from the repository on the hub.',
    });
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  const replacements = bytes.subarray(4 + trieBytes);
  const known = new Map<string, string | undefined>();
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

  function replacementOf(part: string): string | undefined {
    if (!known.has(part)) known.set(part, lookUp(units, replacements, encoder.encode(part)));
    return known.get(part);
  }
  return (text) => {
    let made = '';
    for (const { segment } of segmenter.segment(text)) {
      const whole = encoder.encode(segment).length <= LONGEST_GRAPHEME ? replacementOf(segment) : undefined;
      made += whole ?? Array.from(segment, (character) => replacementOf(character) ?? character).join('');
    }
    return made;
  };
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

function lookUp(units: Uint32Array, replacements: Uint8Array, key: Uint8Array): string | undefined {
  let at = offsetOf(units[0] ?? 0);
  for (const byte of key) {
    if (byte === 0) return undefined;
    at ^= byte;
    const unit = units[at] ?? 0;
    if ((unit & 0x800000ff) !== byte) return undefined;
    at ^= offsetOf(unit);
    if (((unit >>> 8) & 1) === 0) continue;
    const start = (units[at] ?? 0) & 0x7fffffff;
    const end = replacements.indexOf(0, start);
    return new TextDecoder().decode(replacements.subarray(start, end < 0 ? undefined : end));
  }
  return undefined;
}
