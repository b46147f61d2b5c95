import { createRequire } from 'node:module';
import { toNativeFault } from '../files/native-library.js';
import { inThreadLock } from '../files/native-thread.js';
import { packageRequire } from '../files/package-root.js';

type Sharp = typeof import('sharp')['default'];

/** The part of sharp's native module that tells how libvips is set. */
interface Binding {
  cache(): {
    readonly memory: { readonly max: number };
    readonly files: { readonly max: number };
    readonly items: { readonly max: number };
  };
  concurrency(): number;
}

let loaded: Sharp | undefined;

/**
 * sharp sets the cache and the threads of libvips to its defaults whenever a thread loads it, and they belong to the whole process. What
 * the host has set is put back, one thread after the other.
 */
export function loadSharp(): Sharp {
  loaded ??= inThreadLock(() => {
    const require = packageRequire(); // a bundler would copy sharp without its native libraries
    const before = readSettings(require);
    try {
      const sharp = require('sharp') as Sharp;
      if (before) {
        sharp.cache(before.cache);
        sharp.concurrency(before.concurrency);
      }
      return sharp;
    } catch (error) {
      throw toNativeFault('sharp', 'sharp', error);
    }
  });
  return loaded;
}

function readSettings(require: NodeJS.Require) {
  try {
    const binding: Binding = createRequire(require.resolve('sharp'))(`@img/sharp-${process.platform}-${process.arch}/sharp.node`);
    const { memory, files, items } = binding.cache();
    if (memory.max === 100 && files.max === 100) return undefined; // libvips's own defaults: nobody has loaded sharp yet
    return { cache: { memory: memory.max, files: files.max, items: items.max }, concurrency: binding.concurrency() };
  } catch {
    return undefined; // built from source; or missing, which loading sharp itself says better
  }
}
