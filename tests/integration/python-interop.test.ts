import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEncoder } from '../../dist/library/encoders.js';
import type { IndexStatus } from '../../dist/store/maintain-images.js';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, putFile, tinyPng } from '../fixtures/photo-folder.js';

/** Python with lancedb, or the test is skipped: LABELWISE_PYTHON names the interpreter. */
const python = process.env.LABELWISE_PYTHON ?? 'python3';
const hasLanceDb = spawnSync(python, ['-c', 'import lancedb']).status === 0;
if (!hasLanceDb) console.warn(`skipped: ${python} has no lancedb (pip install lancedb, or set LABELWISE_PYTHON)`);

const SCRIPT = `
import json, sys, lancedb
asked = json.loads(sys.stdin.read())
db = lancedb.connect(asked["db"])
images = db.open_table(asked["table"])

def find(query):
    vector = query["vector"] if "vector" in query else images.search().where("path = '" + query["like"].replace("'", "''") + "'").to_list()[0]["embedding"]
    search = images.search(vector, vector_column_name="embedding").distance_type("cosine").limit(query["limit"])
    if query.get("isIndexed"): search = search.refine_factor(4).ef(200)
    if query.get("where"): search = search.where(query["where"])
    return [[row["path"], 1 - row["_distance"]] for row in search.to_list()]

facts = json.loads(images.schema.metadata[b"labelwise-images"])
bad = images.search().where("error_code IS NOT NULL").to_list()
tags = db.open_table("tags-things").search().limit(10000).to_list()
print(json.dumps({
    "rows": images.count_rows(),
    "encoder": facts["encoder"],
    "bad": [[row["path"], row["error_code"]] for row in bad],
    "found": [find(query) for query in asked["queries"]],
    "tags": [[row["content_hash"], row["label"], row["probability"]] for row in tags],
}))
`;

interface PythonQuery {
  readonly like?: string;
  readonly vector?: number[];
  readonly where?: string;
  readonly isIndexed?: boolean;
}
interface Answer {
  rows: number;
  encoder: { name: string; fingerprint: string };
  bad: [string, string][];
  found: [string, number][][];
  tags: [string, string, number][];
}

describe.skipIf(!hasLanceDb)("Python's lancedb", () => {
  const folder = temporaryFolder();
  const db = ['--db', temporaryFolder()];
  const photo = join(folder, '1', "it's é🐈.png");
  let status: IndexStatus;

  const run = async (...args: string[]) => {
    const result = await cli([...args, ...db]);
    if (result.code !== 0) throw new Error(result.stderr);
    return result;
  };
  const askPython = (...queries: PythonQuery[]): Answer => {
    const input = JSON.stringify({ db: db[1], table: status.table, queries: queries.map((query) => ({ limit: 12, ...query })) });
    const { stdout, stderr } = spawnSync(python, ['-c', SCRIPT], { input, encoding: 'utf8' });
    expect(stdout, stderr).not.toBe('');
    return JSON.parse(stdout) as Answer;
  };
  /** The rows that the product finds: a picture under several names is a row under each. */
  const search = async (...args: string[]): Promise<[string, number][]> => {
    const found = rowsOf<{ path: string; alsoAt: string[]; similarity: number }>(await run('search', ...args, '-k', '12', '--json'));
    return found
      .flatMap(({ path, alsoAt, similarity }) => [path, ...alsoAt].map((name): [string, number] => [name, similarity]))
      .slice(0, 12);
  };
  const expectSame = (theirs: readonly [string, number][] | undefined, ours: readonly [string, number][]): void => {
    expect(ours.length).toBeGreaterThan(0);
    expect(theirs?.map(([path]) => path).sort()).toEqual(ours.map(([path]) => path).sort());
    const similarities = new Map(theirs);
    for (const [path, similarity] of ours) expect(similarities.get(path)).toBeCloseTo(similarity, 5);
  };

  beforeAll(async () => {
    fillFolder(folder, 0, 300);
    for (let i = 0; i < 20; i++) putFile(join(folder, 'large', `${i}.png`), tinyPng(`large ${i}`, 16));
    putFile(photo, tinyPng('odd name', 24));
    mkdirSync(join(folder, 'copies'));
    copyFileSync(photo, join(folder, 'copies', 'again.png'));
    writeFileSync(join(folder, 'bad.png'), 'bad');
    const indexed = await cli(['index', folder, '--model', CLIP_TINY, '--quiet', ...db]);
    if (indexed.code !== 3) throw new Error(indexed.stderr);
    await run('tag', '--labels', 'cat, dog, teapot', '--name', 'things', '--min-probability', '0.2', '--top-k', '2');
    [status] = rowsOf<IndexStatus>(await run('index', 'status', '--json')) as [IndexStatus];
  });

  test('reads the rows, the bad ones with their reason, the model, and the tags', async () => {
    const { rows, encoder, bad, tags } = askPython();
    expect([rows, encoder]).toEqual([323, status.encoder]);
    expect(bad).toEqual([[join(folder, 'bad.png'), 'IMAGE_UNSUPPORTED']]);
    const exported = rowsOf<{ contentHash: string; tags: { label: string; probability: number }[] }>(await run('export', '--json'));
    const own = exported.flatMap(({ contentHash, tags }) => tags.map(({ label, probability }) => [contentHash, label, probability]));
    expect(own.length).toBeGreaterThan(100);
    expect(new Set(tags.map(String))).toEqual(new Set(own.map(String)));
  });

  test('finds the neighbours that search finds: of an image, of words, and under filters', async () => {
    const encoder = await loadEncoder({ model: CLIP_TINY });
    const [words] = await encoder.encodeTexts(['a cat on a mat']);
    await encoder.close();
    const vector = [...(words as Float32Array)];
    const wide = "width > 8 AND path NOT LIKE '%/0.png'";
    const { found } = askPython(
      { like: photo },
      { vector },
      { vector, where: wide },
      { like: photo, where: `starts_with(path, '${folder}/large/') AND format = 'png'` },
    );
    expectSame(found[0], await search('--like', photo));
    expect(found[0]?.slice(0, 2).map(([path]) => path)).toEqual(expect.arrayContaining([photo, join(folder, 'copies', 'again.png')]));
    expectSame(found[1], await search('a cat on a mat', '--plain'));
    expectSame(found[2], await search('a cat on a mat', '--plain', '--where', wide));
    expectSame(found[3], await search('--like', photo, '--in', join(folder, 'large'), '--format', 'png'));
  });

  test('finds the same through the vector index, and in the table that a migration changes over to', async () => {
    const before = await search('--like', photo);
    await run('index', 'optimize', '--min-rows', '256');
    expectSame(askPython({ like: photo, isIndexed: true }).found[0], before);
    expectSame(before, await search('--like', photo));
    await run('index', 'migrate', '--model', SIGLIP_TINY);
    [status] = rowsOf<IndexStatus>(await run('index', 'status', '--json')) as [IndexStatus];
    expect(status.table).not.toBe('images');
    const { found, encoder } = askPython({ like: photo });
    expect(encoder.name).toBe(SIGLIP_TINY);
    expectSame(found[0], await search('--like', photo));
  });
});
