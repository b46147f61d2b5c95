import { expect, test } from 'vitest';
import { isObjectAddress, parseObjectAddress, toAddress } from './object-address.js';

test.each([
  ['s3://bucket/some/path', { scheme: 's3', bucket: 'bucket', prefix: 'some/path' }],
  ['S3://bucket/path/', { scheme: 's3', bucket: 'bucket', prefix: 'path' }],
  ['gs://bucket', { scheme: 'gs', bucket: 'bucket', prefix: '' }],
  ['az://container/a b', { scheme: 'az', bucket: 'container', prefix: 'a b' }],
])('%s is read as its parts', (address, parts) => {
  expect(parseObjectAddress(address, '`db`')).toEqual(parts);
  expect(parseObjectAddress(toAddress(parseObjectAddress(address, '`db`')), '`db`')).toEqual(parts);
});

test.each([
  's3://',
  's3:///path',
  's3://bucket//path',
  's3://bucket/a//b',
  's3://bucket/../x',
  's3://bucket/a?versionId=1',
  's3://b/\u0007',
  's3://b/a%2Fb',
])('%j is refused, because stores would not agree on what it names', (address) => {
  expect(isObjectAddress(address)).toBe(true);
  expect(() => parseObjectAddress(address, '`db`')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

test.each(['./db', '/db', 'db', 'https://bucket.example/x', 's3:/bucket', 's3db'])('%s is no address of an object store', (text) => {
  expect(isObjectAddress(text)).toBe(false);
});
