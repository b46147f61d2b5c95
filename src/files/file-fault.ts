import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { isSystemError } from './output-fault.js';

/**
 * Why a file or folder cannot be read. `gone`: there is none of that name; `passing`: a disk, a network or this machine fails just now,
 * which says nothing of the file; `lasting`: it is so until somebody changes the file or its rights.
 */
export type FaultKind = 'gone' | 'passing' | 'lasting';

export interface FileFault {
  readonly kind: FaultKind;
  readonly error: LabelwiseError;
}

const GONE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'];
/** A matter of name, rights or kind. All else that a system says, be it a code that Node has no name for, is passing. */
const LASTING = ['EACCES', 'EPERM', 'ENAMETOOLONG', 'EINVAL', 'EFBIG', 'EOVERFLOW', 'ENOTSUP', 'ENOSYS'];

export function faultKind(cause: unknown): FaultKind {
  if (hasSystemCode(cause, ...GONE)) return 'gone';
  return isSystemError(cause) && !hasSystemCode(cause, ...LASTING) ? 'passing' : 'lasting';
}

const HINTS: Readonly<Record<FaultKind, string>> = {
  gone: 'It went while the folder was read.',
  passing: 'The disk, the network or this machine failed just now: the next run tries it again.',
  lasting: 'Check its permissions.',
};

/** What the system said of a file or folder, called by its name, in our words. */
export function toFault(name: string, cause: unknown): FileFault {
  const kind = faultKind(cause);
  return {
    kind,
    error: new LabelwiseError('INPUT_UNREADABLE', `${name} cannot be read: ${messageOf(cause)}.`, { hint: HINTS[kind], cause }),
  };
}
