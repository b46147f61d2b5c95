import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { multiply, normalize, toMatrix } from '../../dist/core/index.js';
import { openTagDatabase } from '../../dist/store/index.js';
import { writeImageTable } from '../fixtures/collection.js';
import { temporaryFolder } from '../fixtures/parity.js';

/** Python with lancedb, or the test is skipped: LABELWISE_PYTHON names the interpreter. */
const python = process.env.LABELWISE_PYTHON ?? 'python3';
const hasLanceDb = spawnSync(python, ['-c', 'import lancedb']).status === 0;
if (!hasLanceDb) console.warn(`skipped: ${python} has no lancedb (pip install lancedb, or set LABELWISE_PYTHON)`);

const SCRIPT = `
import json, sys, lancedb
db = lancedb.connect(sys.argv[1])
images = db.open_table("images")
query = json.loads(sys.stdin.read())
found = images.search(query, vector_column_name="embedding").distance_type("cosine").limit(10).to_list()
tags = db.open_table("tags-pets").search().where("label = 'dog'").limit(100).to_list()
facts = json.loads(images.schema.metadata[b"labelwise-images"])
print(json.dumps({
    "rows": images.count_rows(),
    "encoder": facts["encoder"]["name"],
    "found": [[row["path"], 1 - row["_distance"]] for row in found],
    "dogs": sorted([row["imageId"], round(row["probability"], 4)] for row in tags),
}))
`;

test.skipIf(!hasLanceDb)("Python's lancedb opens the tables and finds the same neighbours", async () => {
  const db = temporaryFolder();
  let state = 11;
  const next = (): number => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 31 - 1;
  };
  const vectors = Array.from({ length: 300 }, () => normalize(Float32Array.from({ length: 24 }, next)));
  const rows = vectors.map((embedding, i) => ({ content_hash: `hash ${i}`, path: `/photos/${i} é🐈.jpg`, width: 4, height: 3, embedding }));
  await writeImageTable(db, rows, { name: 'pocket', fingerprint: 'f' });
  const tags = await openTagDatabase(db);
  const facts = {
    name: 'pets',
    labelSetFingerprint: 'f',
    labels: 1,
    templates: [],
    encoder: { name: 'pocket', fingerprint: 'f' },
    scoring: 'softmax' as const,
    minProbability: 0,
    topK: 1,
    images: 300,
    createdAt: '',
  };
  await tags.replace(facts, { imageIds: ['hash 3', 'hash 5'], labels: ['dog', 'dog'], probabilities: [0.75, 0.5], similarities: [0, 0] });
  tags.close();

  const query = vectors[42] as Float32Array;
  const similarities = multiply(toMatrix(vectors), toMatrix([query]));
  const nearest = [...similarities.keys()].sort((a, b) => (similarities[b] as number) - (similarities[a] as number)).slice(0, 10);
  const { stdout, stderr } = spawnSync(python, ['-c', SCRIPT, db], { input: JSON.stringify([...query]), encoding: 'utf8' });
  expect(stdout, stderr).not.toBe('');
  const answer = JSON.parse(stdout) as { rows: number; encoder: string; found: [string, number][]; dogs: [string, number][] };
  expect([answer.rows, answer.encoder]).toEqual([300, 'pocket']);
  expect(answer.found.map(([path]) => path)).toEqual(nearest.map((i) => rows[i]?.path));
  for (const [i, [, similarity]] of answer.found.entries()) expect(similarity).toBeCloseTo(similarities[nearest[i] as number] as number, 5);
  expect(answer.dogs).toEqual([
    ['hash 3', 0.75],
    ['hash 5', 0.5],
  ]);
});
