import { escapeHtml } from './escape-html.js';

/** The beginning of a page, up to its body: light and dark, no other file needed. */
export const htmlHead = (
  style: string,
  title = 'labelwise',
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>
:root{color-scheme:light dark;--line:light-dark(#ddd,#444);--soft:light-dark(#5b5b63,#aaaab2);--page:light-dark(#fff,#17171a)}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1.5rem;background:var(--page);color:light-dark(#111,#eee)}
h1{margin:0 0 .25rem;font-size:1.6rem}h2{font-size:1rem;margin:0 0 .5rem;overflow-wrap:anywhere}@media(max-width:40rem){body{padding:1rem}}header p,footer{color:var(--soft)}
.error{color:light-dark(#b00020,#ff8a80)}
${style}
</style></head><body>`;
