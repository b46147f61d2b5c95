import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { openBucketSource } from '../../dist/ingest/bucket-source.js';

const close: (() => void)[] = [];
afterEach(() => {
  for (const one of close.splice(0)) one();
});

/** A store whose listings say this; each request takes the next answer, the last one again and again. */
async function openListing(...answers: string[]) {
  const server = createServer((request, response) => {
    request.resume();
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><ListBucketResult>${answer}</ListBucketResult>`);
  }).listen(0, '127.0.0.1');
  close.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return openBucketSource({ endpoint: `http://127.0.0.1:${port}`, accessKeyId: 'key', secretAccessKey: 'secret' });
}

const object = (key: string): string =>
  `<Contents><Key>${key}</Key><Size>3</Size><ETag>"a"</ETag><LastModified>2024-05-06T07:08:09.000Z</LastModified></Contents>`;
const paths = async (source: Awaited<ReturnType<typeof openListing>>): Promise<string[]> => {
  const found: string[] = [];
  for await (const { path } of source.walk('s3://photos', {})) found.push(path);
  return found;
};

test('a store that does not count its objects has them all the same', async () => {
  const source = await openListing(object('a.jpg'));
  expect(await source.find('s3://photos')).toEqual({});
  expect(await paths(source)).toEqual(['s3://photos/a.jpg']);
});

test.each([
  ['names no next page', [`<IsTruncated>true</IsTruncated>${object('a.jpg')}`]],
  ['names the same page again', [`<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>${object('a.jpg')}`]],
])('a listing that is cut short and %s fails: what it did not name may be there', async (_what, answers) => {
  await expect(paths(await openListing(...answers))).rejects.toMatchObject({
    code: 'INPUT_UNREADABLE',
    message: 'The objects below s3://photos cannot be listed: the store said that there are more, and not where.',
  });
});

test('a listing of several pages is read to its end, and sidecars are told apart', async () => {
  const source = await openListing(
    `<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>${object('a.jpg')}${object('a.jpg.xmp')}`,
    `<IsTruncated>false</IsTruncated>${object('b.jpg')}`,
  );
  const sidecars: string[] = [];
  const found: string[] = [];
  for await (const { path } of source.walk('s3://photos', { onSidecar: (sidecar) => sidecars.push(sidecar.path) })) found.push(path);
  expect([found, sidecars]).toEqual([['s3://photos/a.jpg', 's3://photos/b.jpg'], ['s3://photos/a.jpg.xmp']]);
});
