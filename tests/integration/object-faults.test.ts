import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { readIndexFile } from '../../dist/store/current-images.js';
import { openDatabase } from '../../dist/store/database.js';

/** A store that answers every request in the same way. */
async function openFailing(status: number, code: string) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return openDatabase('s3://bucket/db', '`db`', {
    storageOptions: { endpoint: `http://127.0.0.1:${port}`, accessKeyId: 'key', secretAccessKey: 'secret' },
  });
}

test.concurrent.each([
  [403, 'AccessDenied', 'the store denies access (403)'],
  [403, 'RequestTimeTooSkewed', "the clock of this machine differs too much from the store's"],
  [400, 'ExpiredToken', 'the credentials have expired'],
  [403, 'SignatureDoesNotMatch', 'the store does not know these credentials'],
  [404, 'NoSuchBucket', 'there is no such bucket'],
  [301, 'PermanentRedirect', 'the bucket is in another region'],
  [400, 'AuthorizationHeaderMalformed', 'the bucket is in another region'],
  [501, 'NotImplemented', 'the store answered: 501 Not Implemented (NotImplemented)'],
])('%i %s is named, with what to do about it', async (status, code, message) => {
  const database = await openFailing(status, code);
  await expect(readIndexFile(database)).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: `The file s3://bucket/db/labelwise-index.json cannot be read: ${message}.`,
    hint: expect.stringMatching(/\w/),
  });
});
