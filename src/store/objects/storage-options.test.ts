import { expect, test } from 'vitest';
import { readStorageOptions, toLanceOptions } from './storage-options.js';

const s3 = { scheme: 's3', bucket: 'b', prefix: '' } as const;

test('an option that does not exist is refused by name', () => {
  expect(() => readStorageOptions({ regoin: 'x' })).toThrow('"regoin" does not exist');
});

test('an endpoint without TLS is taken on this machine, and elsewhere only if allowed', () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    expect(readStorageOptions({ endpoint: `http://${host}:9000` })).toMatchObject({ allowHttp: true });
  expect(() => readStorageOptions({ endpoint: 'http://minio:9000' })).toThrow(
    'Expected the endpoint in storageOptions to be an https address',
  );
  expect(readStorageOptions({ endpoint: 'http://minio:9000', allowHttp: true })).toMatchObject({ allowHttp: true });
  expect(() => readStorageOptions({ endpoint: 'minio:9000' })).toThrow('to be an address');
});

test('an endpoint with keys in it is refused, and they are not shown', () => {
  expect(() => readStorageOptions({ endpoint: 'https://key:secret@minio' })).toThrow(
    'to be an address without keys, got https://...@minio.',
  );
});

test("a store other than the cloud's gets a region and path-style addresses", () => {
  expect(toLanceOptions(s3, { endpoint: 'https://minio.example' })).toMatchObject({
    aws_endpoint: 'https://minio.example',
    aws_region: 'us-east-1',
    aws_virtual_hosted_style_request: 'false',
  });
  expect(toLanceOptions(s3, { endpoint: 'https://x.example', pathStyle: false })).toMatchObject({
    aws_virtual_hosted_style_request: 'true',
  });
  expect(Object.keys(toLanceOptions(s3, {})).filter((key) => key.startsWith('aws'))).toEqual([]);
});

test('options of one cloud are not given to another', () => {
  const options = { accountName: 'a', serviceAccount: '/key.json', accessKeyId: 'k', secretAccessKey: 's' };
  const given = (scheme: 's3' | 'gs' | 'az') =>
    Object.keys(toLanceOptions({ ...s3, scheme }, options)).filter((key) => !/client|timeout/.test(key));
  expect([given('s3'), given('gs'), given('az')]).toEqual([
    ['aws_access_key_id', 'aws_secret_access_key'],
    ['google_service_account'],
    ['azure_storage_account_name'],
  ]);
});
