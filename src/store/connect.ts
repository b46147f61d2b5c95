import { LabelwiseError, messageOf } from '../errors.js';
import { toNativeFault } from '../files/native-library.js';
import { packageFile, packageRequire } from '../files/package-root.js';
import { toObjectFault } from './objects/object-fault.js';

interface Stores {
  readonly arrow: typeof import('apache-arrow');
  readonly lancedb: typeof import('@lancedb/lancedb');
}

let loaded: Stores | undefined;

/** LanceDB with the Arrow whose tables it takes, loaded when one of them is first used: together they take some 100 ms. */
function load(): Stores {
  try {
    loaded ??= packageRequire()(packageFile('dist/bin/lancedb.cjs')) as Stores;
    return loaded;
  } catch (error) {
    throw toNativeFault('LanceDB', '@lancedb/lancedb', error);
  }
}

export const arrow = () => load().arrow;
export const lancedb = () => load().lancedb;

/** Runs work on the database; what LanceDB or the system throws becomes a LabelwiseError. `option` names the option that sets its folder. */
export async function inStoreWords<T>(subject: string, work: () => Promise<T>, option = '`db`'): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LabelwiseError) throw error;
    const fault = toObjectFault(error);
    if (fault) throw storeFailed(subject, fault.message, { hint: fault.hint, cause: error });
    const message = (messageOf(error).split('\n')[0] ?? '').replace(/, \/(?:usr|rustc|root)\/.*| +Caused by: .*/, ''); // less the places in Rust's sources
    if (/no space left|os error 28|quota exceeded/i.test(messageOf(error))) {
      throw new LabelwiseError('DISK_FULL', `The disk is full: ${subject}.`, {
        hint: `Make room, or choose another folder with ${option}. What was there before is untouched.`,
        cause: error,
      });
    }
    const hint = /permission denied|read-only/i.test(message)
      ? `Check the folder's permissions, or choose another with ${option}.`
      : `Check the folder, or choose another with ${option}.`;
    throw storeFailed(subject, message, { hint, cause: error });
  }
}

const storeFailed = (subject: string, message: string, options: { hint: string; cause: unknown }): LabelwiseError =>
  new LabelwiseError('STORE_FAILED', `${subject[0]?.toUpperCase()}${subject.slice(1)}: ${message}.`, options);
