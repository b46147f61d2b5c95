import { datasetInfo, HubApiError, listFiles, modelInfo } from '@huggingface/hub';
import { throwIfAborted } from '../errors.js';
import type { RangeReader } from '../files/range-reader.js';
import { fetchWithRetry } from './fetch-with-retry.js';
import { toConnectionError, toStatusError } from './hub-errors.js';
import type { HubSettings } from './hub-settings.js';

/** A file of a repository. `blobName` is its name in the cache: the SHA-256 of a large file, git's SHA-1 of a small one. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  readonly blobName: string;
}

/** A repository at one commit. */
export interface HubListing {
  /** As the hub writes it: `owner/name` for a model, `datasets/owner/name` for a data set. */
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** The hub's answers that we need, with retries and errors in our words. */
export interface HubClient {
  list(repo: string, revision: string): Promise<HubListing>;
  /** Reads ranges of a file without downloading it. */
  rangesOf(listing: HubListing, path: string): RangeReader;
  fileUrl(listing: HubListing, path: string): string;
  readonly headers: Readonly<Record<string, string>>;
}

export function createHubClient(settings: HubSettings, signal?: AbortSignal): HubClient {
  const { endpoint, token } = settings;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const fileUrl = (listing: HubListing, path: string): string =>
    `${endpoint}/${listing.repo}/resolve/${listing.commit}/${path.split('/').map(encodeURIComponent).join('/')}`;

  async function list(repo: string, revision: string): Promise<HubListing> {
    const subject = `${repo}@${revision}`;
    const request = {
      hubUrl: endpoint,
      revision,
      fetch: (input: string | URL | Request, init?: RequestInit) => {
        const url = String(input); // a next page is named by the answer: the token goes to the hub alone
        const own = url.startsWith(`${endpoint}/`) ? headers : {};
        return fetchWithRetry(
          url,
          { ...init, headers: { ...(init?.headers as Record<string, string> | undefined), ...own } },
          { endpoint, subject, signal },
        );
      },
    };
    try {
      const { sha } = await infoOf(repo, request);
      if (sha === undefined) throw toStatusError(502, subject, endpoint);
      const files: HubFile[] = [];
      for await (const entry of listFiles({ ...request, repo: toDesignation(repo), revision: sha, recursive: true })) {
        if (entry.type !== 'file' || !isSafePath(entry.path)) continue;
        const blobName = entry.lfs?.oid ?? entry.oid;
        if (blobName !== undefined) files.push({ path: entry.path, size: entry.lfs?.size ?? entry.size, blobName });
      }
      return { repo, commit: sha, files };
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof HubApiError) throw toStatusError(error.statusCode, subject, endpoint);
      throw toConnectionError(error, subject, endpoint);
    }
  }

  return {
    list,
    fileUrl,
    headers,
    rangesOf: (listing, path) => async (offset, length) => {
      const response = await fetchWithRetry(
        fileUrl(listing, path),
        { headers: { ...headers, range: `bytes=${offset}-${offset + length - 1}` } },
        { endpoint, subject: `${listing.repo}/${path}`, signal },
      );
      if (response.status !== 206) {
        await response.body?.cancel();
        throw toStatusError(response.status, `byte ranges of ${listing.repo}/${path}`, endpoint);
      }
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

function infoOf(repo: string, request: { hubUrl: string; revision: string; fetch: typeof fetch }): Promise<{ sha: string }> {
  const { type, name } = toDesignation(repo);
  return type === 'dataset'
    ? datasetInfo({ ...request, name, additionalFields: ['sha'] })
    : modelInfo({ ...request, name, additionalFields: ['sha'] });
}

function toDesignation(repo: string): { type: 'dataset' | 'model'; name: string } {
  const dataset = /^datasets\/(.+\/.+)$/.exec(repo)?.[1];
  return dataset === undefined ? { type: 'model', name: repo } : { type: 'dataset', name: dataset };
}

/** A listing comes from outside: no path of it may leave the snapshot's folder. */
function isSafePath(path: string): boolean {
  return (
    !path.startsWith('/') &&
    !path.includes('\\') &&
    !/^[A-Za-z]:/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
