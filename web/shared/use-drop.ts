import { useEffect, useRef, useState } from 'preact/hooks';

type Take = (files: readonly File[]) => void;

/** Takes files that are dropped anywhere on the page; says whether some hover above it. */
export function useDrop(take: Take): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useLatest(take);
  useEffect(() => {
    const stopped = new AbortController();
    const { signal } = stopped;
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const onOver = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDrop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      latest.current([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener('dragover', onOver, { signal });
    addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal });
    addEventListener('drop', onDrop, { signal });
    return () => stopped.abort();
  }, [latest]);
  return isOver;
}

/** Takes pictures that are pasted. */
export function usePaste(take: Take): void {
  const latest = useLatest(take);
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      latest.current(files);
    };
    addEventListener('paste', onPaste);
    return () => removeEventListener('paste', onPaste);
  }, [latest]);
}

function useLatest<T>(value: T): { current: T } {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}
