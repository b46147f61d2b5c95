import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';

/** What Node says when a module or a native library that it was asked to load is not there. */
const MISSING = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'];

/** Whether an error means that a file of the installation is missing. */
export const isMissingModule = (error: unknown): boolean => hasSystemCode(error, ...MISSING);

/** The error for a file of labelwise's own, or of a package that it needs, that is missing or does not load. */
export function installationFault(what: string, cause: unknown): LabelwiseError {
  const reason = messageOf(cause).split('\n')[0]?.replace(/\.$/, '');
  return new LabelwiseError('INSTALLATION_DAMAGED', `${what} cannot be loaded: ${reason}.`, {
    hint: 'Install labelwise again on this machine (npm ci, or npm install -g labelwise), with optional dependencies. No image or model is at fault.',
    cause,
  });
}
