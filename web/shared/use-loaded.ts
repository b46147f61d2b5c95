import { useEffect, useState } from 'preact/hooks';
import { isAbort } from '../api/refusal.js';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  reload(): void;
  set(value: T): void;
}

/** Loads something whenever `key` changes; an undefined key loads nothing. What was loaded stays until the next comes. */
export function useLoaded<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ value: T | undefined; error: unknown }>({ value: undefined, error: undefined });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (key === undefined) {
      setState({ value: undefined, error: undefined });
      return undefined;
    }
    const stopped = new AbortController();
    load(stopped.signal).then(
      (value) => setState({ value, error: undefined }),
      (error: unknown) => isAbort(error) || setState({ value: undefined, error }),
    );
    return () => stopped.abort();
  }, [key, attempt]);
  return { ...state, reload: () => setAttempt((n) => n + 1), set: (value) => setState({ value, error: undefined }) };
}
