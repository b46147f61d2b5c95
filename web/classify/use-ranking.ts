import { useEffect, useRef, useState } from 'preact/hooks';
import { type Answer, type Choice, rankLabels } from '../api/classify.js';
import { isAbort, Refusal } from '../api/refusal.js';
import type { Picture, Pictures } from './use-pictures.js';

export interface Ranking {
  readonly answers: ReadonlyMap<number, Answer>;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly milliseconds: number | undefined;
}

const NONE: Ranking = { answers: new Map(), error: undefined, isPending: false, milliseconds: undefined };

/** One keystroke follows another after some 100 ms: wait a little, then ask once. */
const DEBOUNCE_MS = 40;

/** Ranks the labels for all pictures whenever either changes. What was there stays until the new answer comes, so that bars move and do not flicker. */
export function useRanking(pictures: Pictures, choice: Choice | undefined): Ranking {
  const [ranking, setRanking] = useState(NONE);
  const known = useRef(NONE);
  known.current = ranking;
  const ready = pictures.all.filter((picture) => picture.embedded);
  const question = choice && ready.length > 0 ? JSON.stringify([choice, ready.map(({ id }) => id)]) : undefined;
  useEffect(() => {
    if (question === undefined || !choice) {
      setRanking(NONE);
      return undefined;
    }
    const stopped = new AbortController();
    setRanking((now) => ({ ...now, isPending: true }));
    const timer = setTimeout(() => {
      rank(ready, choice, stopped.signal).then(setRanking, (error: unknown) => {
        if (isAbort(error)) return;
        if (error instanceof Refusal && error.code === 'EMBEDDING_MISMATCH') for (const { id } of ready) pictures.retry(id); // another model runs now
        setRanking({ ...known.current, error, isPending: false });
      });
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      stopped.abort();
    };
  }, [question]);
  return ranking;
}

async function rank(ready: readonly Picture[], choice: Choice, signal: AbortSignal): Promise<Ranking> {
  const began = performance.now();
  const embedded = ready.flatMap((picture) => picture.embedded ?? []);
  const results = await rankLabels(embedded, choice, signal);
  const answers = new Map(ready.map(({ id }, i) => [id, results[i] as Answer]));
  return { answers, error: undefined, isPending: false, milliseconds: performance.now() - began };
}
