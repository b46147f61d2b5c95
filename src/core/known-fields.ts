import { LabelwiseError } from '../errors.js';
import { show } from './assert-option.js';
import { nearestName } from './nearest-name.js';

/** The fields of a request. The compiler checks that none is missing and none is new. */
export type Schema<Request> = { readonly [Field in keyof Required<Request>]: 1 };

/**
 * Refuses whatever is not an object with these fields alone: a misspelt field would otherwise change the result unseen. `taker` is how the
 * message calls the function.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`
 */
export function refuseUnknownFields(taker: string, given: unknown, known: Readonly<Record<string, 1>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected an object of options for ${taker}, got ${show(given)}.`);
  for (const name of Object.keys(given)) {
    if (name in known) continue;
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected only options that ${taker} takes, got ${JSON.stringify(name)}.`, {
      hint: hintFor(name, Object.keys(known)),
    });
  }
}

function hintFor(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}Its options are ${known.join(', ')}.`;
}

/** Splits what a verb was given into its request and the options that all verbs take. @throws LabelwiseError `INVALID_ARGUMENT` */
export function pick<Request extends object, Options extends object>(
  taker: string,
  fields: Schema<Request>,
  given: Request & Options,
  shared: Schema<Options>,
): { request: Request; options: Options } {
  refuseUnknownFields(taker, given, { ...fields, ...shared });
  const part = (isShared: boolean): object => Object.fromEntries(Object.entries(given).filter(([name]) => name in shared === isShared));
  return { request: part(false) as Request, options: part(true) as Options };
}
