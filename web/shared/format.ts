/** A probability for people: "97%", "4.2%", "<0.1%". */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1%';
  const digits = (share > 0 && share < 0.1) || (share > 0.99 && share < 1) ? 1 : 0;
  const text = (100 * share).toFixed(digits);
  return `${text === '100.0' ? '99.9' : text}%`;
}

export const count = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** A date of a photo, in words: "12 March 2024". */
export function longDate(iso: string): string {
  const date = new Date(iso.slice(0, 10));
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}
