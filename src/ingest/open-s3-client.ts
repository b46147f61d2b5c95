import type { S3Client } from '@aws-sdk/client-s3';
import { LabelwiseError } from '../errors.js';
import { readStorageOptions, type StorageOptions } from '../store/objects/storage-options.js';

export interface OpenedS3 {
  readonly client: S3Client;
  readonly sdk: typeof import('@aws-sdk/client-s3');
}

/** A request whose connection is silent for so long is tried again. Without it, a network that was cut stops a reader for ever. */
const SILENT_MS = 30_000;

/**
 * The client that lists and reads buckets. It finds credentials as all of Amazon's tools do, corrects a wrong clock, and tries again with
 * growing and random pauses.
 */
export async function openS3Client(given: StorageOptions | undefined): Promise<OpenedS3> {
  const { endpoint, region, pathStyle = endpoint !== undefined, accessKeyId, secretAccessKey, sessionToken } = readStorageOptions(given);
  const sdk = await import('@aws-sdk/client-s3').catch((cause: unknown) => {
    throw new LabelwiseError('PACKAGE_INCOMPLETE', 'The package @aws-sdk/client-s3, which reads pictures from buckets, is not installed.', {
      hint: 'It is an optional dependency: npm install @aws-sdk/client-s3',
      cause,
    });
  });
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } };
  const client = new sdk.S3Client({
    ...credentials,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined && endpoint === undefined ? {} : { region: region ?? 'us-east-1' }),
    forcePathStyle: pathStyle,
    followRegionRedirects: true,
    maxAttempts: 6,
    requestHandler: { connectionTimeout: 5000, socketTimeout: SILENT_MS },
  });
  return { client, sdk };
}
