/** Fakes for the tests of programs that use labelwise: no model, no database, the same answers every time. */
export { createFakeEncoder, type FakeEncoder } from './fake-encoder.js';
export { createMemoryClassEmbeddingStore } from './memory-class-embedding-store.js';
export { createMemoryEmbeddingCache } from './memory-embedding-cache.js';
