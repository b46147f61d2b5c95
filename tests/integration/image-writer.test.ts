import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withIndexLock } from '../../dist/store/image-index.js';
import { openImageWriter } from '../../dist/tasks/images/image-writer.js';
import { openTestService, openTestWorkspace, photo } from '../fixtures/service.js';

const contents = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => Buffer.concat([photo('cat.jpg'), Buffer.from(`content ${i}`)]));

test('many single writes are compacted, and none is lost', async () => {
  await using workspace = openTestWorkspace();
  const writer = openImageWriter(workspace, { compactEvery: 5 });
  for (const one of contents(11)) expect(await writer.add([one])).toMatchObject([{ isNew: true }]);
  await writer.add(contents(1)); // waits for the compaction before it
  const files = readdirSync(join(workspace.settings.db, 'images.lance', 'data'));
  expect(files.length).toBeGreaterThan(2);
  const { openImageIndex } = await import('../../dist/store/image-index.js');
  const index = await openImageIndex(await workspace.database());
  expect(await index.files()).toHaveLength(11);
  index.close();
  const { withImageTable } = await import('../../dist/store/with-image-table.js');
  const fragments = await withImageTable(await workspace.database(), async ({ table }) => (await table.stats()).fragmentStats.numFragments);
  expect(fragments).toBeLessThan(6);
});

test('an image that is removed while it is added again is either there with its file, or gone with it', async () => {
  await using workspace = openTestWorkspace();
  const writer = openImageWriter(workspace);
  const [bytes] = contents(1) as [Uint8Array];
  const [added] = await writer.add([bytes]);
  const id = added && 'contentHash' in added ? added.contentHash : '';
  for (let i = 0; i < 5; i++) {
    await Promise.all([writer.remove(id).catch(() => {}), writer.add([bytes])]);
    const { findImage } = await import('../../dist/tasks/images/find-image.js');
    const row = await findImage(workspace, id).catch(() => undefined);
    const files = readdirSync(join(workspace.settings.db, 'uploads'), { recursive: true }).filter((name) => String(name).endsWith('.jpeg'));
    expect(files).toHaveLength(row ? 1 : 0);
    if (!row) await writer.add([bytes]);
  }
});

test('an index that another process writes is answered with 409 and when to try again', async () => {
  await using service = openTestService();
  await service.send('/v1/images', { 'cat.jpg': photo('cat.jpg') });
  const database = await service.workspace.database();
  await withIndexLock(database, async () => {
    const refused = await service.send('/v1/images', { 'rocket.jpg': photo('rocket.jpg') });
    expect(refused).toMatchObject({ status: 409, body: { code: 'INDEX_LOCKED' } });
    expect(refused.headers.get('retry-after')).toBe('1');
  });
  expect(await service.send('/v1/images', { 'rocket.jpg': photo('rocket.jpg') })).toMatchObject({ status: 200 });
});
