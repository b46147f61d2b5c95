import { LabelwiseError } from '../errors.js';

export function invalidSidecar(reason: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('SIDECAR_INVALID', `The sidecar cannot be changed safely: ${reason}.`, {
    hint: 'It was left as it is. Move it away, or save it again in the program that wrote it.',
    cause,
  });
}
