import { expect, test } from 'vitest';
import { toObjectFault } from './object-fault.js';

test.each([
  [
    'Generic N/A error: Failed to get AWS credentials: ProviderError(... raw: Response { status: StatusCode(403) ... })',
    'there are no credentials for the store',
  ],
  ['Generic S3 error: the provided token has expired, 403 Forbidden', 'the credentials have expired'],
  ['Generic S3 error: Client error with status 403 Forbidden: AccessDenied', 'the store denies access (403)'],
  [
    'lance error: Too many concurrent writers. Attempted 2 times, but failed on retry_timeout of 30.000 seconds., /lance-8.0.0/src/dataset/write/retry.rs:48:5',
    'a commit met those of other processes, and half a minute was not enough for another try',
  ],
])('%s is said as: %s', (text, message) => expect(toObjectFault(new Error(text))?.message).toBe(message));

test('an error that no store made is none', () => expect(toObjectFault(new Error('Permission denied'))).toBeUndefined());
