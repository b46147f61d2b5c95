/** Written with a vowel, spoken with a consonant ("a unicorn"), and the other way round ("an hour"). */
const SPOKEN_WITH_CONSONANT = /^(?:uni(?!n|m[^i]|d)|use|usu|uti|ura|ure|uro|uku|eu|ewe|ewer|one\b|once|ouija|u\b|u-)/;
const SPOKEN_WITH_VOWEL = /^(?:hour|honest|honou?r|heir|herb\b)/;
/** Letters whose names begin with a vowel sound: "an MRI", "an X-ray". */
const SPELLED_WITH_VOWEL = /^[AEFHILMNORSX](?:[A-Z0-9]|\b|-)/;

/** The indefinite article, "a" or "an", that English puts before these words. */
export function indefiniteArticle(words: string): 'a' | 'an' {
  const first = words.trim();
  if (/^[A-Z](?:[A-Z0-9]|[-.]|$|\s)/.test(first)) return SPELLED_WITH_VOWEL.test(first) ? 'an' : 'a';
  if (/^(?:8|11\b|18\b)/.test(first)) return 'an';
  const lower = first.toLowerCase();
  if (SPOKEN_WITH_VOWEL.test(lower)) return 'an';
  return /^[aeiou]/.test(lower) && !SPOKEN_WITH_CONSONANT.test(lower) ? 'an' : 'a';
}
