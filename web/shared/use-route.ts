import { useEffect, useState } from 'preact/hooks';

/** The page's views, by the part of the address after #. */
export const VIEWS = ['classify', 'library', 'labels', 'index'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  readonly query: URLSearchParams;
}

function readRoute(): Route {
  const [name = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { view: VIEWS.find((view) => view === name) ?? 'classify', query: new URLSearchParams(query) };
}

/** Goes to a view, so that the browser's back button comes back from it. */
export function go(view: View, query: Readonly<Record<string, string>> = {}): void {
  location.hash = addressOf(view, query);
}

/** Changes parts of the view's address without a step back: for what changes while one types. Blank ones go. */
export function amend(part: Readonly<Record<string, string>>): void {
  const { view, query } = readRoute(); // as it is now: another part may have changed since the caller was drawn
  history.replaceState(null, '', addressOf(view, { ...Object.fromEntries(query), ...part }));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function addressOf(view: View, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return `#/${view}${text === '' ? '' : `?${text}`}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const onChange = (): void => setRoute(readRoute());
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return route;
}
