import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';

/** Why a package with native code could not be loaded, and the cure. `packageName` is what npm calls it. */
export function toNativeFault(library: string, packageName: string, cause: unknown): LabelwiseError {
  const reason = (messageOf(cause).split('\n')[0] ?? '').replace(/\.$/, '');
  return new LabelwiseError('NATIVE_LIBRARY_MISSING', `The native library of ${library} (${packageName}) cannot be loaded: ${reason}.`, {
    hint: cureFor(packageName, cause),
    cause,
  });
}

/** Why a thread could not be started; undefined if it ended for a reason of its own. */
export function toThreadFault(library: string, packageName: string, cause: unknown): LabelwiseError | undefined {
  if (hasSystemCode(cause, 'ERR_WORKER_INIT_FAILED', 'ERR_WORKER_OUT_OF_MEMORY', 'EAGAIN', 'ENOMEM')) {
    const message = `Memory or threads ran out: the thread for ${library} cannot be started (${messageOf(cause)}).`;
    return new LabelwiseError('OUT_OF_MEMORY', message, {
      hint: 'Raise the limits of the process (ulimit -v, ulimit -u, or those of the container), or lower `threads`.',
      cause,
    });
  }
  return isForbidden(cause) || hasNoFolder(cause) ? toNativeFault(library, packageName, cause) : undefined;
}

const isForbidden = (cause: unknown): boolean => hasSystemCode(cause, 'ERR_DLOPEN_DISABLED', 'ERR_ACCESS_DENIED');
const hasNoFolder = (cause: unknown): boolean => messageOf(cause).includes('uv_cwd');

function cureFor(packageName: string, cause: unknown): string {
  if (isForbidden(cause))
    return "Node's permission model forbids it: start Node with --allow-addons, --allow-worker and --allow-fs-read as well.";
  if (hasNoFolder(cause)) return 'The working folder of the process was deleted: start it in one that exists.';
  if (/cannot allocate memory|failed to map segment/i.test(messageOf(cause))) {
    return 'Memory ran out: raise the limits of the process (ulimit -v, or those of the container).';
  }
  if (isMusl())
    return `${packageName} needs glibc, and this system has musl (Alpine). Use one based on Debian, such as the image node:22-slim.`;
  const system = `${process.platform}-${process.arch}`;
  return `Delete node_modules and run npm install on this system (${system}), without --omit=optional: a node_modules copied from another system does not work.`;
}

/** Node's report names the version of glibc where there is one. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}
