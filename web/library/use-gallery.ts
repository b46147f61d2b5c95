import { useEffect, useRef, useState } from 'preact/hooks';
import type { Image } from '../../src/client/api.js';
import { type LibraryQuery, loadPage } from '../api/library.js';
import { isAbort } from '../api/refusal.js';

export interface Gallery {
  readonly images: readonly Image[];
  /** How many pass the filters; undefined for a search, which ranks all. */
  readonly total: number | undefined;
  readonly notes: readonly string[];
  readonly isNothingRelevant: boolean;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
  more(): void;
  /** Takes pictures out that are gone from the library. */
  drop(ids: readonly string[]): void;
  /** Tries again, or begins again. */
  retry(): void;
}

interface State {
  readonly images: readonly Image[];
  readonly total: number | undefined;
  readonly notes: readonly string[];
  readonly isNothingRelevant: boolean;
  readonly cursor: string | null;
  readonly isLoading: boolean;
  readonly error: unknown;
}

const EMPTY: State = { images: [], total: undefined, notes: [], isNothingRelevant: false, cursor: null, isLoading: true, error: undefined };
const DEBOUNCE_MS = 180;

/** The pages of a query, one after another as they are needed. */
export function useGallery(query: LibraryQuery): Gallery {
  const [state, setState] = useState(EMPTY);
  const [attempt, setAttempt] = useState(0);
  const running = useRef<AbortController | undefined>(undefined);
  const isFirst = useRef(true);
  const key = JSON.stringify(query);

  const load = async (cursor: string | null): Promise<void> => {
    running.current?.abort();
    const stopped = new AbortController();
    running.current = stopped;
    setState((now) => ({ ...now, isLoading: true, error: undefined }));
    try {
      const page = await loadPage(query, cursor, stopped.signal);
      setState((now) => ({
        images: cursor === null ? page.images : [...now.images, ...page.images],
        total: page.total,
        notes: page.notes,
        isNothingRelevant: page.isNothingRelevant ?? false,
        cursor: page.nextCursor,
        isLoading: false,
        error: undefined,
      }));
    } catch (error) {
      if (!isAbort(error)) setState((now) => ({ ...(cursor === null ? EMPTY : now), isLoading: false, error }));
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => load(null), isFirst.current ? 0 : DEBOUNCE_MS);
    isFirst.current = false;
    return () => {
      clearTimeout(timer);
      running.current?.abort();
    };
  }, [key, attempt]);
  const { cursor, isLoading, ...shown } = state;
  return {
    ...shown,
    isLoading,
    hasMore: cursor !== null,
    more: () => {
      if (cursor !== null && !isLoading) void load(cursor);
    },
    drop: (ids) =>
      setState((now) => {
        const images = now.images.filter(({ id }) => !ids.includes(id));
        return { ...now, images, total: now.total === undefined ? undefined : now.total - (now.images.length - images.length) };
      }),
    retry: () => (state.error !== undefined && state.images.length > 0 ? void load(cursor) : setAttempt((n) => n + 1)),
  };
}
