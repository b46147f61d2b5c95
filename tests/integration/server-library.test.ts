import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { openTestService, photo, type TestService } from '../fixtures/service.js';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const PHOTOS = readdirSync(join(ROOT, 'demo/photos'))
  .filter((name) => name.endsWith('.jpg'))
  .sort();

interface Listed {
  images: { id: string; name: string; folder: string | null }[];
  total: number;
  nextCursor: string | null;
}
interface Job {
  id: string;
  state: string;
  summary: Record<string, unknown> | null;
}
interface Corrected {
  tags: { tag: string; probability: number | null; tagSet: string | null }[];
  corrections: { id: string; tag: string; change: string; replaced: { change: string } | null }[];
}

const folder = join(temporaryFolder(), 'photos');
let own: TestService;

/** Follows a job to its end by its events. */
async function finish(service: TestService, id: string, headers: Record<string, string> = {}): Promise<{ ids: number[]; jobs: Job[] }> {
  const response = await service.request(`/v1/jobs/${id}/events`, { headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text();
  const events = [...text.matchAll(/id: (\d+)\nevent: job\ndata: (.*)\n\n/g)];
  return { ids: events.map(([, one]) => Number(one)), jobs: events.map(([, , data]) => JSON.parse(data as string) as Job) };
}

beforeAll(async () => {
  cpSync(join(ROOT, 'demo/photos'), folder, { recursive: true });
  own = openTestService({ folders: new Map([['photos', folder]]), maxItems: 8 });
  expect((await own.ask<Listed>('GET', '/v1/images')).body).toMatchObject({ images: [], total: 0, nextCursor: null });
  const { status, body } = await own.ask<Job>('POST', '/v1/jobs', { kind: 'index' });
  expect([status, body.state]).toEqual([202, 'running']);
  const { jobs } = await finish(own, body.id);
  expect(jobs.at(-1)).toMatchObject({ state: 'done', summary: { found: PHOTOS.length, encoded: PHOTOS.length, failedFiles: 0 } });
}, 120_000);

afterAll(() => own[Symbol.asyncDispose]());

describe('jobs', () => {
  test('events go on after the last one that a client has seen', async () => {
    const { body } = await own.ask<Job>('POST', '/v1/jobs', { kind: 'index', folders: ['photos'] });
    const all = await finish(own, body.id);
    expect(all.ids).toEqual([...all.ids].sort((a, b) => a - b));
    const from = all.ids.at(-2) as number;
    const rest = await finish(own, body.id, { 'last-event-id': `${from}` });
    expect(rest.ids).toEqual(all.ids.slice(-1));
    expect(rest.jobs[0]?.summary).toMatchObject({ found: PHOTOS.length, encoded: 0 });
    const { body: listed } = await own.ask<{ jobs: Job[] }>('GET', '/v1/jobs');
    expect(listed.jobs[0]?.id).toBe(body.id);
  });

  test('jobs wait for each other, and are cancelled while they run or wait', async () => {
    const first = (await own.ask<Job>('POST', '/v1/jobs', { kind: 'index' })).body;
    const second = (await own.ask<Job>('POST', '/v1/jobs', { kind: 'index' })).body;
    expect([first.state, second.state]).toEqual(['running', 'queued']);
    expect((await own.ask<Job>('DELETE', `/v1/jobs/${second.id}`)).body.state).toBe('cancelled');
    await own.ask('DELETE', `/v1/jobs/${first.id}`);
    expect((await finish(own, first.id)).jobs.at(-1)?.state).toBe('cancelled');
    expect((await own.ask<Job>('DELETE', `/v1/jobs/${first.id}`)).body.state).toBe('cancelled');
  });

  test.each([
    ['a folder that it does not have', { kind: 'index', folders: ['other'] }, 'FOLDER_UNKNOWN'],
    ['a path', { kind: 'index', folders: ['/etc'] }, 'FOLDER_UNKNOWN'],
    ['another kind', { kind: 'delete' }, 'REQUEST_INVALID'],
    ['an unknown field', { kind: 'index', path: '/etc' }, 'REQUEST_INVALID'],
  ])('a job for %s is refused', async (_, body, code) => {
    expect(await own.ask('POST', '/v1/jobs', body)).toMatchObject({ status: 400, body: { code } });
  });

  test('an unknown job is not found', async () => {
    const id = '00000000-0000-0000-0000-000000000000';
    expect(await own.ask('GET', `/v1/jobs/${id}`)).toMatchObject({ status: 404, body: { code: 'JOB_NOT_FOUND' } });
  });
});

describe('the gallery', () => {
  const ids = async (query: string): Promise<string[]> =>
    (await own.ask<Listed>('GET', `/v1/images?${query}`)).body.images.map(({ name }) => name);

  test('has all images page by page, by name', async () => {
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: { body: Listed } = await own.ask('GET', `/v1/images?topK=4${cursor === '' ? '&sort=name' : `&cursor=${cursor}`}`);
      expect(body.total).toBe(PHOTOS.length);
      found.push(...body.images.map(({ name }) => name));
      cursor = body.nextCursor;
    }
    expect(found).toEqual(PHOTOS);
    expect(await ids('sort=name&order=desc')).toEqual([...PHOTOS].reverse());
  });

  test('names folders and filters by them', async () => {
    const { body } = await own.ask<Listed>('GET', '/v1/images?folder=photos');
    expect(body.total).toBe(PHOTOS.length);
    expect(new Set(body.images.map((image) => image.folder))).toEqual(new Set(['photos']));
    expect((await own.ask('GET', '/v1/folders')).body).toEqual({ folders: [{ name: 'photos', canBeIndexed: true }] });
    for (const other of ['photos/..', 'photos/../..', '/etc', 'photos//x', 'other'])
      expect(await own.ask('GET', `/v1/images?folder=${encodeURIComponent(other)}`)).toMatchObject({ status: 404 });
    const none = await own.ask<Listed & { notes: string[] }>('GET', '/v1/images?folder=photos/2024');
    expect(none.body).toMatchObject({ images: [], total: 0 });
    expect(none.body.notes.join()).toContain('`folder` photos/2024');
    expect(none.body.notes.join()).not.toContain(folder);
  });

  test('filters by format and date', async () => {
    expect(await ids('format=png')).toEqual([]);
    expect(await ids('format=jpeg&topK=3')).toHaveLength(3);
    expect(await own.ask('GET', '/v1/images?after=yesterday')).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
    expect(await own.ask('GET', '/v1/images?where=1')).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
  });

  test('refuses cursors that it did not make, and filters beside one', async () => {
    for (const cursor of ['x', 'e30', Buffer.from('{"request":{},"from":["a"]}').toString('base64url')])
      expect(await own.ask('GET', `/v1/images?cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: 'CURSOR_INVALID' } });
    const { body } = await own.ask<Listed>('GET', '/v1/images?topK=1');
    expect(await own.ask('GET', `/v1/images?topK=1&format=png&cursor=${body.nextCursor}`)).toMatchObject({ status: 400 });
  });
});

describe('images that are sent', () => {
  const bytes = (): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat([photo('cat.jpg'), Buffer.from('another content')]));

  test('are kept, indexed, found, and deleted with their file', async () => {
    const id = hashOf(bytes());
    const added = await own.send<{ results: Record<string, unknown>[] }>('/v1/images', {
      'a.jpg': bytes(),
      'b.txt': new TextEncoder().encode('no image'),
    });
    expect(added.status).toBe(200);
    expect(added.body.results).toMatchObject([
      { image: 'a.jpg', id, isNew: true },
      { image: 'b.txt', error: { code: 'IMAGE_UNSUPPORTED' } },
    ]);
    const path = join(own.db, 'uploads', id.slice(0, 2), `${id}.jpeg`);
    expect(existsSync(path)).toBe(true);
    expect((await own.ask('GET', `/v1/images/${id}`)).body).toMatchObject({ id, isUploaded: true, folder: `uploads/${id.slice(0, 2)}` });
    expect((await own.request(`/v1/images/${id}/thumbnail`)).status).toBe(200);
    const again = await own.send<{ results: Record<string, unknown>[] }>('/v1/images', { 'c.jpg': bytes() });
    expect(again.body.results).toMatchObject([{ id, isNew: false }]);
    const similar = await own.ask<Listed>('POST', '/v1/search', { similarTo: [id], topK: 1 });
    expect(similar.body.images.map((image) => image.id).length).toBe(1);
    expect((await own.ask('DELETE', `/v1/images/${id}`)).body).toEqual({ id, deletedFiles: 1, forgottenFiles: 0 });
    expect(existsSync(path)).toBe(false);
    expect(await own.ask('GET', `/v1/images/${id}`)).toMatchObject({ status: 404 });
    expect(await own.ask('DELETE', `/v1/images/${id}`)).toMatchObject({ status: 404 });
  });

  test('a damaged one leaves nothing behind', async () => {
    const damaged = photo('cat.jpg').slice(0, 400);
    const { body } = await own.send<{ results: { error?: unknown }[] }>('/v1/images', { 'x.jpg': damaged });
    expect(body.results[0]?.error).toMatchObject({ code: 'IMAGE_DAMAGED' });
    const id = hashOf(damaged);
    expect(existsSync(join(own.db, 'uploads', id.slice(0, 2), `${id}.jpeg`))).toBe(false);
  });

  test('many at once are all there', async () => {
    const contents = Array.from({ length: 12 }, (_, i) => new Uint8Array(Buffer.concat([photo('cat.jpg'), Buffer.from(`number ${i}`)])));
    const answers = await Promise.all(contents.map((one) => own.send<{ results: { id: string }[] }>('/v1/images', { 'x.jpg': one })));
    const ids = answers.map(({ body }) => body.results[0]?.id as string);
    expect(ids).toEqual(contents.map(hashOf));
    for (const id of ids) expect((await own.ask('GET', `/v1/images/${id}`)).status).toBe(200);
    await Promise.all(ids.map((id) => own.ask('DELETE', `/v1/images/${id}`)));
    expect((await own.ask<Listed>('GET', '/v1/images')).body.total).toBe(PHOTOS.length);
  });

  test('a file of a folder of the library is only forgotten', async () => {
    const id = hashOf(photo('cat.jpg'));
    expect((await own.ask('DELETE', `/v1/images/${id}`)).body).toEqual({ id, deletedFiles: 0, forgottenFiles: 1 });
    expect(existsSync(join(folder, 'cat.jpg'))).toBe(true);
    expect(await own.ask('GET', `/v1/images/${id}`)).toMatchObject({ status: 404 });
    const { body } = await own.ask<Job>('POST', '/v1/jobs', { kind: 'index' });
    await finish(own, body.id);
    expect((await own.ask('GET', `/v1/images/${id}`)).status).toBe(200);
  });
});

describe('tags', () => {
  const id = hashOf(photo('rocket.jpg'));
  const tagsOf = async (): Promise<string[]> => (await own.ask<Corrected>('GET', `/v1/images/${id}`)).body.tags.map(({ tag }) => tag);

  test('are corrected, and each correction can be undone to what it took the place of', async () => {
    const first = await own.ask<Corrected>('PATCH', `/v1/images/${id}/tags`, { add: ['rocket', 'sky'] });
    expect(first.body.corrections).toMatchObject([
      { tag: 'rocket', change: 'added', replaced: null },
      { tag: 'sky', change: 'added', replaced: null },
    ]);
    const second = await own.ask<Corrected>('PATCH', `/v1/images/${id}/tags`, { remove: ['rocket'] });
    expect(second.body.corrections).toMatchObject([{ tag: 'rocket', change: 'removed', replaced: { change: 'added' } }]);
    expect(await tagsOf()).toEqual(['sky']);
    const [{ id: older }, { id: newer }] = [first.body.corrections[0], second.body.corrections[0]] as [{ id: string }, { id: string }];
    expect(await own.ask('DELETE', `/v1/images/${id}/corrections/${older}`)).toMatchObject({
      status: 409,
      body: { code: 'CORRECTION_SUPERSEDED' },
    });
    expect((await own.ask<Corrected>('DELETE', `/v1/images/${id}/corrections/${newer}`)).body.tags.map(({ tag }) => tag)).toEqual([
      'rocket',
      'sky',
    ]);
    expect(await own.ask('DELETE', `/v1/images/${id}/corrections/${newer}`)).toMatchObject({ status: 409 });
    expect((await own.ask<Corrected>('DELETE', `/v1/images/${id}/corrections/${older}`)).body.tags.map(({ tag }) => tag)).toEqual(['sky']);
    expect(await own.ask('DELETE', `/v1/images/${id}/corrections/nothing`)).toMatchObject({ status: 404 });
  });

  test('are set as a whole, listed and counted', async () => {
    const set = await own.ask<Corrected>('PUT', `/v1/images/${id}/tags`, { tags: ['space', 'sky'] });
    expect(set.body.corrections.map(({ tag, change }) => `${change} ${tag}`)).toEqual(['added space']);
    const other = await own.ask<Corrected>('PUT', `/v1/images/${id}/tags`, { tags: ['space'] });
    expect(other.body.corrections.map(({ tag, change }) => `${change} ${tag}`)).toEqual(['removed sky']);
    expect((await own.ask('GET', '/v1/tags')).body).toEqual({ tags: [{ tag: 'space', images: 1 }] });
    expect((await own.ask<Listed>('GET', '/v1/images?tag=space')).body.images.map(({ name }) => name)).toEqual(['rocket.jpg']);
    expect((await own.ask<Listed>('GET', '/v1/images?withoutTag=space')).body.total).toBe(PHOTOS.length - 1);
    expect((await own.ask('GET', '/v1/tag-sets')).body).toEqual({ tagSets: [] });
  });

  test('an image that is not there has none, and a change has to say something', async () => {
    expect(await own.ask('PATCH', `/v1/images/${'0'.repeat(64)}/tags`, { add: ['x'] })).toMatchObject({ status: 404 });
    expect(await own.ask('PATCH', `/v1/images/${id}/tags`, {})).toMatchObject({ status: 400 });
    expect(await own.ask('PATCH', `/v1/images/${id}/tags`, { add: ['x'], remove: ['x'] })).toMatchObject({ status: 400 });
    expect(await own.ask('PATCH', `/v1/images/${id}/tags`, { add: [' '] })).toMatchObject({ status: 400 });
  });
});

describe('label sets', () => {
  interface Stored {
    version: number;
    labels: { name: string }[];
    versions: { version: number }[];
  }
  const image = Buffer.from(photo('cat.jpg')).toString('base64');
  const classify = (body: object) =>
    own.ask<{ results: { predictions: { label: string }[] }[] }>('POST', '/v1/classify', { images: [image], ...body });
  const labelsOf = async (body: object): Promise<string[]> =>
    (await classify(body)).body.results[0]?.predictions.map(({ label }) => label).sort() ?? [];

  test('keep their former versions', async () => {
    expect((await own.ask<Stored>('PUT', '/v1/label-sets/pets', { labels: ['cat', 'dog'] })).body).toMatchObject({ version: 1 });
    const second = await own.ask<Stored>('PUT', '/v1/label-sets/pets', {
      labels: ['cat', { label: 'dog', promptName: 'hound' }, 'rocket'],
    });
    expect(second.body).toMatchObject({ version: 2, versions: [{ version: 1 }, { version: 2 }] });
    expect((await own.ask<Stored>('GET', '/v1/label-sets/pets?version=1')).body.labels.map(({ name }) => name)).toEqual(['cat', 'dog']);
    expect(await own.ask('GET', '/v1/label-sets/pets?version=7')).toMatchObject({ status: 404 });
    expect(await labelsOf({ labelSet: 'pets' })).toEqual(['cat', 'dog', 'rocket']);
    expect(await labelsOf({ labelSet: 'pets', labelSetVersion: 1 })).toEqual(['cat', 'dog']);
    expect(await labelsOf({ labelSet: 'pets', templates: ['a drawing of a {}'] })).toEqual(['cat', 'dog', 'rocket']);
    expect(await labelsOf({ labelSet: 'cifar10', topK: 10 })).toContain('airplane');
    const { body } = await own.ask<{ labelSets: { name: string; source: string }[] }>('GET', '/v1/label-sets');
    expect(body.labelSets).toContainEqual(expect.objectContaining({ name: 'pets', source: 'stored', labels: 3, version: 2 }));
    expect(body.labelSets).toContainEqual({ name: 'cifar10', source: 'shipped', labels: 10 });
  });

  test.each([
    ['a name that ships', 'cifar10', { labels: ['a', 'b'] }, 400],
    ['duplicates', 'x', { labels: ['a', 'a'] }, 422],
    ['a name of the index', 'images', { labels: ['a', 'b'] }, 400],
    ['a name that is a path', encodeURIComponent('../x'), { labels: ['a', 'b'] }, 400],
    ['an unknown field', 'x', { labels: ['a', 'b'], template: 'a {}' }, 400],
    ['a file of templates', 'x', { labels: ['a', 'b'], templateSet: '/etc/templates.json' }, 400],
  ])('%s is refused', async (_, name, body, status) => {
    expect((await own.ask('PUT', `/v1/label-sets/${name}`, body)).status).toBe(status);
  });

  test('learn from examples and forget them', async () => {
    const path = '/v1/label-sets/pets/examples';
    const taught = await own.send<Record<string, unknown>>(path, { 'a.jpg': photo('cat.jpg') }, { label: 'cat' });
    expect(taught).toMatchObject({ status: 200, body: { added: 1, examples: 1, gain: null } });
    const more = await own.ask('POST', path, {
      examples: [
        { label: 'rocket', id: hashOf(photo('rocket.jpg')) },
        { label: 'rocket', image: Buffer.from(photo('galaxies.jpg')).toString('base64') },
      ],
    });
    expect(more.body).toMatchObject({ added: 2, examples: 3, leaveOneOut: { photos: expect.any(Number) } });
    expect((more.body as unknown as { summary: string }).summary).toMatch(/^Leave-one-out accuracy \d+ % -> \d+ % on \d+ examples\.$/);
    const { body } = await own.ask<{ examples: { label: string; id: string }[] }>('GET', path);
    expect(body.examples.map(({ label }) => label)).toEqual(['cat', 'rocket', 'rocket']);
    expect((await own.ask('DELETE', `${path}?label=rocket&id=${hashOf(photo('rocket.jpg'))}`)).body).toMatchObject({
      forgotten: 1,
      examples: 2,
    });
    expect(await own.ask('POST', path, { examples: [{ label: 'horse', image }] })).toMatchObject({ status: 422 });
    expect(await own.ask('DELETE', `${path}?id=abcdef`)).toMatchObject({ status: 400 });
    expect((await own.ask('DELETE', path)).body).toMatchObject({ forgotten: 2, examples: 0 });
  });

  test('are deleted with all versions', async () => {
    expect((await own.ask('DELETE', '/v1/label-sets/pets')).status).toBe(204);
    expect((await own.ask('GET', '/v1/label-sets/pets')).status).toBe(404);
    expect((await own.ask('DELETE', '/v1/label-sets/pets')).status).toBe(404);
    expect((await classify({ labelSet: 'pets' })).status).toBe(404);
  });
});

test('the library outlives a folder that is taken away', async () => {
  const gone = join(temporaryFolder(), 'gone');
  cpSync(folder, gone, { recursive: true });
  await using service = openTestService({ folders: new Map([['gone', gone]]) });
  await finish(service, (await service.ask<Job>('POST', '/v1/jobs', { kind: 'index' })).body.id);
  rmSync(gone, { recursive: true });
  const { body } = await service.ask<Listed>('GET', '/v1/images');
  expect(body.total).toBe(PHOTOS.length);
  expect((await service.ask('POST', '/v1/search', { query: 'a rocket' })).status).toBe(200);
  const thumbnail = await service.ask<{ code: string; detail: string }>('GET', `/v1/images/${body.images[0]?.id}/thumbnail`);
  expect(thumbnail).toMatchObject({ status: 404, body: { code: 'INPUT_NOT_FOUND' } });
  expect(JSON.stringify(thumbnail.body)).not.toContain(gone);
  const again = await finish(service, (await service.ask<Job>('POST', '/v1/jobs', { kind: 'index' })).body.id);
  expect(again.jobs.at(-1)).toMatchObject({ state: 'failed', error: { code: 'INPUT_NOT_FOUND' } });
  expect(JSON.stringify(again.jobs)).not.toContain(gone);
  expect((await service.ask<Listed>('GET', '/v1/images')).body.total).toBe(PHOTOS.length);
});
