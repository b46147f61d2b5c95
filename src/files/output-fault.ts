import { hasSystemCode, isError, LabelwiseError, messageOf } from '../errors.js';

/** Whether the operating system refused something, and not a program. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException => isError(error) && 'syscall' in error && 'code' in error;

/**
 * What the system said while something was written, in our words; what is not of the system comes back as it is.
 *
 * @param subject what was written, as the user knows it: "/photos/tags.csv"
 * @param elsewhere what can be done about it, after "or": "choose another place with `out`"
 * @returns `DISK_FULL` or `OUTPUT_UNWRITABLE`
 */
export function toOutputFault(subject: string, cause: unknown, elsewhere: string): unknown {
  if (!isSystemError(cause)) return cause;
  if (hasSystemCode(cause, 'ENOSPC', 'EDQUOT', 'EFBIG')) {
    return new LabelwiseError('DISK_FULL', `The disk is full: ${subject} cannot be written.`, {
      hint: `Make room, or ${elsewhere}.`,
      cause,
    });
  }
  const isOfRights = hasSystemCode(cause, 'EACCES', 'EPERM', 'EROFS');
  const hint = isOfRights ? `Check the permissions, or ${elsewhere}.` : `${elsewhere[0]?.toUpperCase()}${elsewhere.slice(1)}.`;
  return new LabelwiseError('OUTPUT_UNWRITABLE', `${subject} cannot be written: ${messageOf(cause)}.`, { hint, cause });
}

/** Runs work that writes; see `toOutputFault`. @throws LabelwiseError `DISK_FULL`, `OUTPUT_UNWRITABLE` */
export async function inOutputWords<T>(subject: string, elsewhere: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toOutputFault(subject, error, elsewhere);
  }
}
