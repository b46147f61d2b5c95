import { escapeHtml } from '../pages/escape-html.js';

interface Operation {
  readonly summary?: string;
  readonly description?: string;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h2{font-size:1.1rem;margin:2rem 0 .3rem}code{background:#f0f0f0;padding:.1rem .3rem;border-radius:3px}pre{background:#f0f0f0;padding:.8rem;overflow-x:auto}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}code,pre{background:#262626}a{color:#8ab4ff}}`;

/** A page that lists every route of the OpenAPI document. It loads nothing. */
export function referencePage(document: {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths?: object;
}): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      ...operation,
    })),
  );
  const sections = operations.map(
    ({ method, path, summary = '', description = '' }) =>
      `<h2><code>${method} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</h2>\n<p>${escapeHtml(description)}</p>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(document.info.title)} API</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(document.info.title)} API ${escapeHtml(document.info.version)}</h1>
<p>All fields and types are in <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1). Errors are <code>application/problem+json</code> with a <code>code</code>, a <code>hint</code> and a request id.</p>
<pre>curl -F image=@photo.jpg -F labels=cat,dog http://localhost:8080/v1/classify</pre>
${sections.join('\n')}
</body></html>
`;
}
