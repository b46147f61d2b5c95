import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { rowsOf, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { fillFolder } from '../fixtures/photo-folder.js';
import { findVersitygw, type S3Program } from '../fixtures/s3-programs.js';
import { type S3Server, startS3Server } from '../fixtures/s3-server.js';

/** Python with lancedb and pyarrow, or the test is skipped: LABELWISE_PYTHON names the interpreter. */
const python = process.env.LABELWISE_PYTHON ?? 'python3';
const hasLance = spawnSync(python, ['-c', 'import lancedb, pyarrow, numpy']).status === 0;
if (!hasLance) console.warn(`skipped: ${python} lacks lancedb, pyarrow or numpy (pip install them, or set LABELWISE_PYTHON)`);
const versitygw = hasLance ? findVersitygw() : undefined;

const READ = `
import json, os, sys
import lancedb, numpy, pyarrow, pyarrow.compute as pc
db = lancedb.connect(sys.argv[1], storage_options={"aws_endpoint": os.environ["AWS_ENDPOINT_URL"], "allow_http": "true", "aws_region": "us-east-1"})
files = {row["name"]: row["text"] for row in db.open_table("__files").to_arrow().to_pylist()}
table = db.open_table(json.loads(files["labelwise-index.json"])["table"])
facts = json.loads(table.schema.metadata[b"labelwise-images"])
images = table.to_arrow().filter(pc.is_valid(pc.field("embedding")))
vectors = numpy.stack(images["embedding"].to_numpy(zero_copy_only=False))
query = vectors[images["path"].to_pylist().index(sys.argv[2])]
near = images["path"].take(pyarrow.array(numpy.argsort(-(vectors @ query), kind="stable")[:5])).to_pylist()
found = [row["path"] for row in table.search(query, vector_column_name="embedding").distance_type("cosine").limit(5).to_list()]
print(json.dumps({"schema": {field.name: str(field.type) for field in table.schema}, "facts": facts, "rows": images.num_rows, "near": near, "found": found,
  "first": vectors[0].tolist(), "firstPath": images["path"][0].as_py()}))
`;

describe.skipIf(versitygw === undefined)('Python', () => {
  let server: S3Server;
  const photos = temporaryFolder();
  const address = 's3://library/db';
  const run = (...args: string[]) => spawnCli([...args, '--db', address], { env: { ...process.env, ...server.env, NO_COLOR: '1' } });
  beforeAll(async () => {
    server = await startS3Server(versitygw as S3Program);
    await server.makeBucket('library');
    fillFolder(photos, 0, 60);
    expect((await run('index', photos, '--model', CLIP_TINY)).code).toBe(0);
  });
  afterAll(() => server.kill());

  test('reads an index in an object store with lancedb and pyarrow, and finds what labelwise finds', async () => {
    const query = `${photos}/0/7.png`;
    const { stdout, stderr, status } = spawnSync(python, ['-c', READ, address, query], {
      encoding: 'utf8',
      env: { ...process.env, ...server.env },
    });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    const read = JSON.parse(stdout);
    expect(read.rows).toBe(60);
    expect(read.facts).toMatchObject({ schemaVersion: 3, encoder: { fingerprint: expect.any(String) } });
    expect(read.schema).toMatchObject({ path: 'string', content_hash: 'string', size: 'double', width: 'int32', error_code: 'string' });
    expect(read.schema.embedding).toMatch(/^fixed_size_list<.*float.*>\[\d+\]$/);
    const found = rowsOf<{ path: string }>(await run('search', '--like', query, '--json', '--top-k', '5')).map(({ path }) => path);
    expect(read.near.filter((path: string) => path !== query).slice(0, 4)).toEqual(found.filter((path) => path !== query).slice(0, 4));
    expect([...read.found].sort()).toEqual([...read.near].sort());
    const index = await openImageIndex(
      openDatabase(address, '`db`', {
        storageOptions: {
          endpoint: server.endpoint,
          accessKeyId: server.env.AWS_ACCESS_KEY_ID,
          secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY,
        },
      }),
    );
    const hash = (await index.files()).find(({ path }) => path === read.firstPath)?.content_hash ?? '';
    expect(read.first).toEqual([...((await index.imagesOf([hash])).get(hash)?.embedding ?? [])]);
    index.close();
  });
});
