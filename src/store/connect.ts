import { LabelwiseError, messageOf } from '../errors.js';
import { toNativeFault } from '../files/native-library.js';
import { packageRequire } from '../files/package-root.js';

/*
 * LanceDB and Arrow, loaded when they are first used: some 200 files. As CommonJS, because LanceDB loads that build of Arrow, and refuses
 * tables of the other.
 */
export const arrow = once(() => packageRequire()('apache-arrow') as typeof import('apache-arrow'));
export const lancedb = once(() => {
  try {
    return packageRequire()('@lancedb/lancedb') as typeof import('@lancedb/lancedb');
  } catch (error) {
    throw toNativeFault('LanceDB', '@lancedb/lancedb', error);
  }
});

function once<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** Runs work on the database; what LanceDB or the system throws becomes a LabelwiseError. `option` names the option that sets its folder. */
export async function inStoreWords<T>(subject: string, work: () => Promise<T>, option = '`db`'): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LabelwiseError) throw error;
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
    throw new LabelwiseError('STORE_FAILED', `${subject[0]?.toUpperCase()}${subject.slice(1)}: ${message}.`, { hint, cause: error });
  }
}
