import { useEffect, useState } from 'preact/hooks';
import { toRefusal } from '../api/refusal.js';
import { CloseIcon } from './icons.js';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo?: (() => void) | undefined;
}

const SHOWN_MS = 8000;
let last = 0;
let publish: (toast: Toast) => void = () => {};

/** Says what happened. Where it can be undone, the person has a while to do so. */
export const toast = (text: string, undo?: () => void): void => publish({ id: ++last, text, undo });

export const toastFailure = (error: unknown): void => {
  const { message, hint } = toRefusal(error);
  toast(`${message}${hint ? ` ${hint}` : ''}`);
};

export function Toasts() {
  const [shown, setShown] = useState<Toast | undefined>();
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    publish = setShown;
  }, []);
  useEffect(() => {
    if (!shown || isHeld) return undefined;
    const timer = setTimeout(() => setShown(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown, isHeld]);
  const hold = { onMouseEnter: () => setHeld(true), onMouseLeave: () => setHeld(false), onFocusIn: () => setHeld(true), onFocusOut: () => setHeld(false) };
  return (
    <div class="toasts" role="status" popover={undefined}>
      {shown && (
        <div class="toast" key={shown.id} {...hold}>
          <span>{shown.text}</span>
          {shown.undo && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                shown.undo?.();
                setShown(undefined);
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="toast-close" aria-label="Dismiss" onClick={() => setShown(undefined)}>
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
