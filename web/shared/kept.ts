import { useEffect, useState } from 'preact/hooks';

/** State that survives a reload of the page, in this browser alone. */
export function useKept<T>(name: string, initial: T): [T, (next: T | ((now: T) => T)) => void] {
  const [value, setValue] = useState<T>(() => read(name) ?? initial);
  useEffect(() => {
    try {
      localStorage.setItem(`labelwise-${name}`, JSON.stringify(value));
    } catch {
      // private windows may keep nothing
    }
  }, [name, value]);
  return [value, setValue];
}

function read<T>(name: string): T | undefined {
  try {
    return (JSON.parse(localStorage.getItem(`labelwise-${name}`) ?? 'null') as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}
