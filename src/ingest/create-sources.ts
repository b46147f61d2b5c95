import { isObjectAddress } from '../files/object-address.js';
import type { StorageOptions } from '../store/objects/storage-options.js';
import { FOLDERS, type Source, type Sources } from './source.js';

/** Folders and buckets. Nothing of a store is loaded before one is met. */
export function createSources(storageOptions: StorageOptions | undefined): Sources {
  let buckets: Promise<Source> | undefined;
  const open = (): Promise<Source> => {
    buckets ??= import('./bucket-source.js').then(({ openBucketSource }) => openBucketSource(storageOptions));
    return buckets;
  };
  const lazy: Source = {
    find: async (root) => (await open()).find(root),
    async *walk(root, options) {
      yield* (await open()).walk(root, options);
    },
    look: async (path) => (await open()).look(path),
    read: async (file, maxImageBytes) => (await open()).read(file, maxImageBytes),
    readSidecar: async (path, maxBytes) => (await open()).readSidecar?.(path, maxBytes),
  };
  return (place) => (isObjectAddress(place) ? lazy : FOLDERS(place));
}
