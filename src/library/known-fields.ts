import { show } from '../core/assert-option.js';
import { LabelwiseError } from '../errors.js';

/** The fields of a request. The compiler checks that none is missing and none is new. */
export type Schema<Request> = { readonly [Field in keyof Required<Request>]: 1 };

/**
 * Parts what a verb was given into its request and its options. A field that the verb does not know is refused: a misspelt one would
 * otherwise change the result unseen.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`
 */
export function pick<Request extends object, Options extends object>(
  verb: string,
  fields: Schema<Request>,
  given: Request & Options,
  shared: Schema<Options>,
): { request: Request; options: Options } {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected ${verb} to be given an object, got ${show(given)}.`);
  const request: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name in shared) options[name] = value;
    else if (name in fields) request[name] = value;
    else throw unknownField(verb, name, [...Object.keys(fields), ...Object.keys(shared)]);
  }
  return { request: request as Request, options: options as Options };
}

const unknownField = (verb: string, name: string, known: readonly string[]): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', `Expected ${verb} to be given fields that it knows, got ${JSON.stringify(name)}.`, {
    hint: `It knows ${known.join(', ')}.`,
  });
