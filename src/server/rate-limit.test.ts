import { expect, test } from 'vitest';
import { clientOf, RateLimit } from './rate-limit.js';

test('a client may use up a minute at once, then waits for the next token; others are not held up', () => {
  let now = 0;
  const limit = new RateLimit(60, () => now);
  for (let i = 0; i < 60; i++) limit.take('a');
  expect(() => limit.take('a')).toThrow(
    expect.objectContaining({ status: 429, options: { hint: 'Try again in 1 s.', headers: { 'Retry-After': '1' } } }),
  );
  limit.take('b');
  now = 999;
  expect(() => limit.take('a')).toThrow();
  now = 1001;
  limit.take('a');
  expect(() => limit.take('a')).toThrow();
});

test('Retry-After is long enough for a slow rate, and what waits is not counted against the client', () => {
  let now = 0;
  const limit = new RateLimit(2, () => now);
  limit.take('a');
  limit.take('a');
  for (let i = 0; i < 100; i++)
    expect(() => limit.take('a')).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ headers: { 'Retry-After': '30' } }) }),
    );
  now = 30_001;
  limit.take('a');
});

test('the clients that are remembered are bounded', () => {
  const limit = new RateLimit(1, () => 0);
  for (let i = 0; i < 100_100; i++) limit.take(`client ${i}`);
  expect(limit.clients).toBe(100_000);
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'unknown'],
])('the address %s counts as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});
