import { messageOf } from '../../errors.js';

/** What the client of an object store says begins so, whatever store it is. */
const IS_FROM_STORE =
  /Generic (?:S3|GCS|MicrosoftAzure) error|Object at location .* not found|dispatch failure|Failed to get AWS credentials|credentials? (?:provider|were)|HTTP status|Error performing|Too many concurrent writers/i;

export const isObjectStoreError = (error: unknown): boolean => IS_FROM_STORE.test(messageOf(error));

/** Which fault it is, what to say of it and what to do about it, by what stores answer. The first that fits counts. */
const FAULTS: readonly { readonly pattern: RegExp; readonly message: string; readonly hint: string }[] = [
  {
    pattern: /RequestTimeTooSkewed|AccessTokenRequestSkewed|difference between the request time/i,
    message: "the clock of this machine differs too much from the store's",
    hint: 'Set the clock (for example with NTP), then run the same command again.',
  },
  {
    pattern: /ExpiredToken|TokenRefreshRequired|token (?:included in the request )?(?:is|has) expired/i,
    message: 'the credentials have expired',
    hint: 'Sign in again, or renew the session token. What was committed before is in the store.',
  },
  {
    // before what a store answers: a machine without a role denies (403) whoever asks it for credentials
    pattern:
      /no providers? in chain|credentials? provider.*(?:not loaded|disabled|fail)|Failed to get AWS credentials|CredentialsNotLoaded|not enabled to load credentials|Could not load credentials/i,
    message: 'there are no credentials for the store',
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or run where a role of the machine applies.',
  },
  {
    pattern: /InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|AuthenticationFailed/i,
    message: 'the store does not know these credentials',
    hint: 'Check the access key and its secret: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile, or storageOptions.',
  },
  {
    pattern:
      /AuthorizationHeaderMalformed|PermanentRedirect|IllegalLocationConstraint|301 Moved|wrong region|region .* is wrong|Received redirect/i,
    message: 'the bucket is in another region',
    hint: 'Set its region with AWS_REGION, or "region" in storageOptions.',
  },
  {
    pattern: /NoSuchBucket|bucket does not exist|ContainerNotFound/i,
    message: 'there is no such bucket',
    hint: 'Check the address and the endpoint; labelwise does not create buckets.',
  },
  {
    pattern: /AccessDenied|403 Forbidden|AllAccessDisabled|\b403\b/i,
    message: 'the store denies access (403)',
    hint: 'These credentials need the rights to list the bucket, and to read, write and delete objects below the path.',
  },
  {
    // LanceDB's own bound on how long it tries a commit again
    pattern: /Too many concurrent writers/i,
    message: 'a commit met those of other processes, and half a minute was not enough for another try',
    hint: 'The store, the network or this machine is very slow. Run the same command again: it resumes.',
  },
  {
    pattern: /SlowDown|TooManyRequests|503 Service|ServiceUnavailable/i,
    message: 'the store is overloaded, also after several tries',
    hint: 'Run the same command again later: it resumes.',
  },
  {
    pattern:
      /error sending request|Connection refused|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|dns error|connect error|timed out|operation timed out|dispatch failure/i,
    message: 'the store cannot be reached',
    hint: 'Check the network and the endpoint: AWS_ENDPOINT_URL, or "endpoint" in storageOptions.',
  },
];

export interface ObjectFault {
  readonly message: string;
  readonly hint: string;
}

/** The fault that what a store or its client said is about. */
export const toFaultOf = (text: string): ObjectFault | undefined => FAULTS.find(({ pattern }) => pattern.test(text));

/** The fault of an object store in an error of LanceDB; undefined for any other error. */
export function toObjectFault(error: unknown): ObjectFault | undefined {
  const text = messageOf(error);
  if (!IS_FROM_STORE.test(text)) return undefined;
  const [, status = 'failed, also after several tries'] = /status code: (\d+[\w ]*)/.exec(text) ?? [];
  const [, code] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
  return (
    toFaultOf(text) ?? {
      message: `the store answered: ${status.trim()}${code === undefined ? '' : ` (${code})`}`,
      hint: 'Run the same command again: it resumes. If it fails again, see the log of the store.',
    }
  );
}
