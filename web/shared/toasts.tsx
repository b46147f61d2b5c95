import { useEffect, useState } from 'preact/hooks';
import { toRefusal } from '../api/refusal.js';
import { CloseIcon } from './icons.js';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo?: (() => void) | undefined;
}

const SHOWN_MS = 8000;
let current: Toast | undefined;
/** The places that show toasts. An open dialog makes the rest of the page unusable, so it has a place of its own, and the last one counts. */
const places: (() => void)[] = [];

function show(next: Toast | undefined): void {
  current = next;
  for (const update of places) update();
}

/** Says what happened. Where it can be undone, the person has a while to do so. */
export const toast = (text: string, undo?: () => void): void => show({ id: (current?.id ?? 0) + 1, text, undo });

export const toastFailure = (error: unknown): void => {
  const { message, hint } = toRefusal(error);
  toast(`${message}${hint ? ` ${hint}` : ''}`);
};

export function Toasts() {
  const { toast: shown, isHere } = useToast();
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (!shown || !isHere || isHeld) return undefined;
    const timer = setTimeout(() => show(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown, isHere, isHeld]);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return (
    <div class="toasts" role="status">
      {isHere && shown && (
        // biome-ignore lint/a11y/noStaticElementInteractions: it only stays while one points at it
        <div class="toast" key={shown.id} onMouseEnter={hold} onMouseLeave={release} onFocusIn={hold} onFocusOut={release}>
          <span>{shown.text}</span>
          {shown.undo && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                shown.undo?.();
                show(undefined);
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="toast-close" aria-label="Dismiss" onClick={() => show(undefined)}>
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}

function useToast(): { readonly toast: Toast | undefined; readonly isHere: boolean } {
  const [state, setState] = useState<{ toast: Toast | undefined; isHere: boolean }>({ toast: undefined, isHere: false });
  useEffect(() => {
    const update = (): void => setState({ toast: current, isHere: places.at(-1) === update });
    places.push(update);
    for (const other of places) other();
    return () => {
      places.splice(places.indexOf(update), 1);
      for (const other of places) other();
    };
  }, []);
  return state;
}
