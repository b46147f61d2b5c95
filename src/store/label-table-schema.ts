import type { Table as ArrowTable, Schema } from 'apache-arrow';
import { z } from 'zod';
import type { Embedding } from '../core/embedding.js';
import { createLabelSet } from '../core/label-set.js';
import type { ClassEmbeddings } from '../core/ports.js';
import { arrow } from './connect.js';
import { FORMATS, readTableFacts, type TableOf } from './table-format.js';

/** Our facts are in the table's own metadata: they are written with the rows, in one step. */
const { key: METADATA_KEY, version: SCHEMA_VERSION } = FORMATS.labels;

const metadataSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION).default(SCHEMA_VERSION),
  encoder: z.object({ name: z.string(), fingerprint: z.string() }),
  templates: z.array(z.string()),
  templateWeights: z.array(z.number().nonnegative()).optional(),
  createdAt: z.string(),
  /** The parents of labels that have one. */
  parents: z.record(z.string(), z.string()).optional(),
});

/** The facts stored in a label table. */
export type LabelTableFacts = z.infer<typeof metadataSchema>;

/** One row a label: position, label, promptName, synonyms, prompts, vector (unit length, float32). */
export function toSchema(embeddings: ClassEmbeddings): Schema {
  const { Field, FixedSizeList, Float32, Int32, List, Schema: ArrowSchema, Utf8 } = arrow();
  const texts = (name: string): InstanceType<typeof Field> => new Field(name, new List(new Field('item', new Utf8(), true)), false);
  const dimension = embeddings.vectors[0]?.length ?? 0;
  const facts: LabelTableFacts = {
    schemaVersion: SCHEMA_VERSION,
    encoder: { name: embeddings.encoder.name, fingerprint: embeddings.encoder.fingerprint },
    templates: [...embeddings.templates],
    ...(embeddings.templateWeights ? { templateWeights: [...embeddings.templateWeights] } : {}),
    createdAt: new Date().toISOString(),
    ...parentsOf(embeddings),
  };
  return new ArrowSchema(
    [
      new Field('position', new Int32(), false),
      new Field('label', new Utf8(), false),
      new Field('promptName', new Utf8(), false),
      texts('synonyms'),
      texts('prompts'),
      new Field('vector', new FixedSizeList(dimension, new Field('item', new Float32(), true)), false),
    ],
    new Map([[METADATA_KEY, JSON.stringify(facts)]]),
  );
}

function parentsOf({ labelSet }: ClassEmbeddings): Pick<LabelTableFacts, 'parents'> {
  const pairs = labelSet.labels.flatMap(({ name, parent }) => (parent === undefined ? [] : [[name, parent]]));
  return pairs.length === 0 ? {} : { parents: Object.fromEntries(pairs) };
}

export function toRows(embeddings: ClassEmbeddings): Record<string, unknown>[] {
  return embeddings.labelSet.labels.map((label, i) => ({
    position: i,
    label: label.name,
    promptName: label.promptName,
    synonyms: [...label.synonyms],
    prompts: [...(embeddings.prompts[i] ?? [])],
    vector: Array.from(embeddings.vectors[i] as Embedding),
  }));
}

/** The facts, or undefined for a table that is not ours. @throws LabelwiseError `FORMAT_NEWER` */
export const readFacts = (table: Omit<TableOf, 'kind'>, metadata: ReadonlyMap<string, string>): LabelTableFacts | undefined =>
  metadataSchema.safeParse(readTableFacts({ ...table, kind: 'labels' }, metadata)).data;

export function fromArrow(table: ArrowTable, facts: LabelTableFacts): ClassEmbeddings {
  const column = <T>(name: string): T[] => [...(table.getChild(name) ?? [])] as T[];
  const positions = column<number>('position');
  const order = positions.map((_, i) => i).sort((a, b) => (positions[a] as number) - (positions[b] as number));
  const inOrder = <T>(values: T[]): T[] => order.map((i) => values[i] as T);
  const lists = (name: string): string[][] => inOrder(column<Iterable<string>>(name).map((list) => [...list]));
  const [names, spoken, synonyms] = [inOrder(column<string>('label')), inOrder(column<string>('promptName')), lists('synonyms')];
  return {
    labelSet: createLabelSet(
      names.map((label, i) => ({ label, promptName: spoken[i], synonyms: synonyms[i] ?? [], parent: facts.parents?.[label] })),
    ),
    prompts: lists('prompts'),
    vectors: inOrder(column<{ toArray(): Float32Array }>('vector').map((vector) => Float32Array.from(vector.toArray()))),
    encoder: facts.encoder,
    templates: facts.templates,
    templateWeights: facts.templateWeights,
  };
}
