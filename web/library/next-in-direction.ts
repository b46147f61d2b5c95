/** The button to which a key moves the focus: arrows go by what one sees, Home and End to the ends. */
export function nextInDirection(gallery: HTMLElement, from: HTMLElement, key: string): HTMLElement | undefined {
  const buttons = [...gallery.querySelectorAll<HTMLElement>('.cell-button')];
  const at = buttons.indexOf(from);
  if (at < 0) return undefined;
  if (key === 'ArrowRight') return buttons[at + 1];
  if (key === 'ArrowLeft') return buttons[at - 1];
  if (key === 'Home') return buttons[0];
  if (key === 'End') return buttons.at(-1);
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
  const step = key === 'ArrowDown' ? 1 : -1;
  const own = from.getBoundingClientRect();
  const middle = (own.left + own.right) / 2;
  let best: HTMLElement | undefined;
  let bestGap = Number.POSITIVE_INFINITY;
  let row: number | undefined;
  for (let i = at + step; buttons[i]; i += step) {
    const button = buttons[i] as HTMLElement;
    const { top, left, right } = button.getBoundingClientRect();
    if (Math.abs(top - own.top) < 4) continue;
    row ??= top;
    if (Math.abs(top - row) >= 4) break; // the row after the next
    const gap = Math.abs((left + right) / 2 - middle);
    if (gap < bestGap) [best, bestGap] = [button, gap];
  }
  return best;
}
