/** The key of a service that has keys. It lives as long as the tab, and goes nowhere else. */
const PLACE = 'labelwise-key';

let waiting: Promise<void> | undefined;
let answer: (() => void) | undefined;
let listener: ((reason: string) => void) | undefined;

export const currentKey = (): string | null => sessionStorage.getItem(PLACE);

/** Who shows the question. */
export function onKeyNeeded(show: (reason: string) => void): void {
  listener = show;
}

/** Waits until the person gave another key. Requests that fail together ask once. */
export function askForKey(reason: string): Promise<void> {
  waiting ??= new Promise<void>((done) => {
    answer = done;
  });
  listener?.(reason);
  return waiting;
}

export function giveKey(key: string): void {
  sessionStorage.setItem(PLACE, key.trim());
  answer?.();
  waiting = undefined;
}

export const headersWithKey = (): Record<string, string> => {
  const key = currentKey();
  return key === null ? {} : { Authorization: `Bearer ${key}` };
};
