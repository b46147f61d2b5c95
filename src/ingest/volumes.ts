import { stat } from 'node:fs/promises';
import { LabelwiseError } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import type { FolderId } from '../files/walk-tree.js';

/** The folders that a run relies on: those that it was given, and what is mounted in them. What lies in one that is lost looks deleted. */
export interface Volumes {
  /** Remembers a folder as it was when it was first seen. */
  note(path: Buffer, id: FolderId): void;
  /** The folders that were noted. */
  paths(): string[];
  /** @throws LabelwiseError `INPUT_NOT_FOUND` when one of them is not there any more, or another stands in its place */
  check(): Promise<void>;
}

export function createVolumes(): Volumes {
  const noted = new Map<string, { readonly path: Buffer; readonly id: FolderId }>();
  return {
    note(path, { dev, ino }) {
      const name = toPathText(path);
      if (!noted.has(name)) noted.set(name, { path, id: { dev, ino } });
    },
    paths: () => [...noted.keys()],
    async check() {
      for (const [name, { path, id }] of noted) {
        const now = await stat(path, { bigint: true }).catch((cause: unknown) => {
          throw lost(`The folder ${name} went while it was read`, cause);
        });
        if (now.dev !== id.dev || now.ino !== id.ino) throw lost(`The folder ${name} gave way to another while it was read`);
      }
    },
  };
}

const lost = (what: string, cause?: unknown): LabelwiseError =>
  new LabelwiseError(
    'INPUT_NOT_FOUND',
    `${what}; its volume may be gone. What was read until then is in the index, and nothing was removed from it.`,
    {
      hint: 'Bring it back and run the same command again: it resumes from there.',
      cause,
    },
  );
