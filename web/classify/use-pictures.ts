import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type EmbeddedPicture, embedPicture } from '../api/classify.js';
import { isAbort } from '../api/refusal.js';
import { takeTurns } from '../shared/take-turns.js';

/** A picture that the person gave. It is sent once; then its embedding stands for it. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  readonly file: Blob;
  /** An address of the file within this page. */
  readonly url: string;
  readonly embedded?: EmbeddedPicture;
  readonly error?: unknown;
}

export interface Pictures {
  readonly all: readonly Picture[];
  readonly selected: Picture | undefined;
  add(files: readonly Blob[]): void;
  select(id: number): void;
  remove(id: number): void;
  retry(id: number): void;
}

/** So that a hundred large pictures are not in memory as text at once. */
const inTurn = takeTurns(3);

let lastId = 0;
let kept: readonly Picture[] = []; // across views

export function usePictures(): Pictures {
  const [all, setAll] = useState(kept);
  const [selectedId, setSelectedId] = useState(kept.at(-1)?.id);
  const leaving = useRef(new AbortController());
  useEffect(() => {
    kept = all;
  }, [all]);
  useEffect(() => {
    const stopped = new AbortController();
    leaving.current = stopped;
    for (const picture of kept) if (!picture.embedded && !picture.error) void embed(picture);
    return () => stopped.abort();
  }, []);

  const change = useCallback((id: number, part: Partial<Picture>) => {
    setAll((now) => now.map((picture) => (picture.id === id ? { ...picture, ...part } : picture)));
  }, []);
  const embed = async ({ id, file }: Picture): Promise<void> => {
    try {
      const { signal } = leaving.current;
      change(id, { embedded: await inTurn(() => embedPicture(file, signal)) });
    } catch (error) {
      if (!isAbort(error)) change(id, { error });
    }
  };
  return {
    all,
    selected: all.find(({ id }) => id === selectedId),
    add(files) {
      const added = files.map((file) => {
        const name = file instanceof File ? file.name : 'photo';
        return { id: ++lastId, name, file, url: URL.createObjectURL(file) };
      });
      if (added.length === 0) return;
      setAll((now) => [...now, ...added]);
      setSelectedId(added[0]?.id);
      for (const picture of added) void embed(picture);
    },
    select: setSelectedId,
    remove(id) {
      const at = all.findIndex((picture) => picture.id === id);
      const left = all.filter((picture) => picture.id !== id);
      URL.revokeObjectURL((all[at] as Picture).url);
      setAll(left);
      if (id === selectedId) setSelectedId(left[Math.min(at, left.length - 1)]?.id);
    },
    retry(id) {
      const picture = all.find((one) => one.id === id) as Picture;
      const { error: _, embedded: __, ...fresh } = picture;
      setAll((now) => now.map((one) => (one.id === id ? fresh : one)));
      void embed(fresh);
    },
  };
}
