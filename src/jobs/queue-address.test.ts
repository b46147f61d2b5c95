import { expect, test } from 'vitest';
import { nameOfQueue } from './queue-address.js';

test.each([
  ['redis://user:secret@queue:6379/2', 'redis://queue:6379/2'],
  ['rediss://:p%40secret@queue', 'rediss://queue'],
  ['redis://:p@secret@queue:6379', 'redis://queue:6379'],
  ['redis://queue:6379?password=secret', 'redis://queue:6379'],
])('messages name the queue %s as %s', (address, name) => {
  expect(nameOfQueue(address)).toBe(name);
});

test.each(['redis:/u:secret@queue', 'redis://:pa/secret@queue', 'http://u:secret@queue', 'queue?password=secret', '', 'redis://'])(
  'the address %s is refused, and no password is shown',
  (address) => {
    expect(() => nameOfQueue(address)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.not.stringContaining('secret') }),
    );
  },
);

test('a wrong address without a password is shown', () => {
  expect(() => nameOfQueue('queue:6379')).toThrow('Expected `queue` to be the address of Redis or Valkey, got "queue:6379".');
});
