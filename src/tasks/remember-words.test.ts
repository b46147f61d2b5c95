import { expect, test } from 'vitest';
import { createFakeEncoder } from '../testing/index.js';
import { rememberWords } from './remember-words.js';

test('words are embedded once for an encoder and its templates', async () => {
  const [encoder, other] = [createFakeEncoder(), createFakeEncoder()];
  let runs = 0;
  const embed = async () => [Float32Array.of(++runs)];
  const templates = [{ text: 'a photo of a {}.' }];
  expect(await rememberWords(encoder, { name: 'things', templates }, embed)).toEqual([Float32Array.of(1)]);
  expect(await rememberWords(encoder, { name: 'things', templates: [{ text: 'a photo of a {}.' }] }, embed)).toEqual([Float32Array.of(1)]);
  expect(await rememberWords(encoder, { name: 'things', templates: [{ text: '{}' }] }, embed)).toEqual([Float32Array.of(2)]);
  expect(await rememberWords(other, { name: 'things', templates }, embed)).toEqual([Float32Array.of(3)]);
});

test('words that failed are tried again', async () => {
  const encoder = createFakeEncoder();
  const fail = () => Promise.reject(new Error('stopped'));
  await expect(rememberWords(encoder, { name: 'things', templates: [] }, fail)).rejects.toThrow('stopped');
  expect(await rememberWords(encoder, { name: 'things', templates: [] }, async () => [])).toEqual([]);
});
