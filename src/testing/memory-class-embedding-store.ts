import type { ClassEmbeddingStore, ClassEmbeddings } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';

/** An in-memory store of class embeddings. It passes the same tests as the one in LanceDB. */
export function createMemoryClassEmbeddingStore(): ClassEmbeddingStore {
  const tables = new Map<string, ClassEmbeddings>();
  const find = (name: string): ClassEmbeddings => {
    const table = tables.get(name);
    if (table) return table;
    throw new LabelwiseError('LABEL_TABLE_NOT_FOUND', `There is no label table "${name}" in memory.`);
  };
  return {
    async save(name, embeddings) {
      tables.set(name, structuredClone(embeddings));
    },
    async load(name, encoder) {
      const table = find(name);
      if (table.encoder.fingerprint === encoder.fingerprint) return structuredClone(table);
      throw new LabelwiseError(
        'LABEL_TABLE_MISMATCH',
        `The label table "${name}" was built with ${table.encoder.name} and cannot be used with ${encoder.name}.`,
      );
    },
    async has(name) {
      return tables.has(name);
    },
    async remove(name) {
      find(name);
      tables.delete(name);
    },
  };
}
