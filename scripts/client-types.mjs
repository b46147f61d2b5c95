/** The types and addresses of labelwise/client, from the OpenAPI document of the service. */
import { createApp } from '../dist/server/create-app.js';
import { createService } from '../dist/server/service.js';
import { openWorkspace } from '../dist/tasks/workspace.js';

/** The OpenAPI document of a service. Nothing is opened for it. */
export async function openApiDocument(root) {
  const workspace = openWorkspace({ db: root, cache: undefined, cwd: root, home: root, hub: { endpoint: '', offline: true } });
  const service = createService(workspace);
  try {
    return await (await createApp(service).request('/openapi.json')).json();
  } finally {
    await service.close();
    await workspace.close();
  }
}

/** src/client/api.ts: a type for each schema, and one for each operation. */
export function clientTypes({ components, paths }) {
  const types = Object.entries(components.schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operation.operationId ? [{ path, method: method.toUpperCase(), ...operation }] : [],
    ),
  );
  const signatures = operations.map(
    (operation) => `  /** ${operation.summary}. ${operation.method} ${operation.path} */
  ${operation.operationId}: {
    request: ${requestOf(operation)};
    answer: ${answerOf(operation)};
  };`,
  );
  const routes = operations.map(
    ({ operationId, method, path, responses }) =>
      `  ${operationId}: { method: '${method}', path: '${path}', answer: '${kindOf(responses)}' },`,
  );
  return `// Made by \`npm run docs\` from the OpenAPI document of the service. Do not edit.

${types.join('\n')}
/** Each operation of the service: what it takes, and what it answers. */
export interface Operations {
${signatures.join('\n')}
}

/** Where each operation is. */
export const ROUTES = {
${routes.join('\n')}
} as const;
`;
}

function requestOf({ parameters = [], requestBody }) {
  const own = parameters.filter((one) => one.in !== 'header');
  const fields = own.map(({ name, schema, required: isRequired = false }) => fieldOf({ name, schema, isRequired }, '      '));
  const bodies = Object.values(requestBody?.content ?? {}).map(({ schema }) => typeOf(schema, '    '));
  const body = bodies.length > 1 ? `(${bodies.join(' | ')})` : bodies[0];
  const parts = [fields.length > 0 ? `{\n${fields.join('')}    }` : undefined, body].filter((part) => part !== undefined);
  return parts.length === 0 ? 'Record<string, never>' : parts.join(' & ');
}

const okOf = (responses) => Object.entries(responses).find(([status]) => status.startsWith('2'))[1];

function answerOf({ responses }) {
  const kind = kindOf(responses);
  if (kind === 'nothing') return 'undefined';
  if (kind !== 'json') return kind === 'events' ? 'AsyncGenerator<Job>' : 'Blob';
  return typeOf(okOf(responses).content['application/json'].schema, '    ');
}

function kindOf(responses) {
  const [type] = Object.keys(okOf(responses).content ?? {});
  if (type === undefined) return 'nothing';
  if (type === 'text/event-stream') return 'events';
  return type === 'application/json' ? 'json' : 'blob';
}

function typeOf(schema, indent = '') {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.const !== undefined) return JSON.stringify(schema.const).replaceAll('"', "'");
  if (schema.enum) return schema.enum.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return `(${[...new Set(union.map((one) => typeOf(one, indent)))].join(' | ')})`;
  if (schema.allOf) return schema.allOf.map((one) => typeOf(one, indent)).join(' & ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type }, indent)).join(' | ');
  if (schema.format === 'binary') return 'Blob';
  if (schema.type === 'array') return arrayOf(typeOf(schema.items, indent));
  if (schema.type === 'object') return objectOf(schema, indent);
  return { string: 'string', number: 'number', integer: 'number', boolean: 'boolean', null: 'null' }[schema.type] ?? 'unknown';
}

const arrayOf = (item) => (/ [|&] /.test(item) && !item.startsWith('{') && !item.startsWith('(') ? `(${item})[]` : `${item}[]`);

function objectOf({ properties = {}, required = [], additionalProperties }, indent) {
  const fields = Object.entries(properties).map(([name, schema]) =>
    fieldOf({ name, schema, isRequired: required.includes(name) }, `${indent}  `),
  );
  if (fields.length > 0) return `{\n${fields.join('')}${indent}}`;
  return typeof additionalProperties === 'object' ? `Record<string, ${typeOf(additionalProperties, indent)}>` : 'Record<string, unknown>';
}

/** One field on a line, after what it means. */
function fieldOf({ name, schema, isRequired }, indent) {
  const meaning = schema.description ? `${indent}/** ${schema.description} */\n` : '';
  const type = typeOf(schema, indent);
  return `${meaning}${indent}${name}${isRequired ? '' : '?'}: ${type}${isRequired ? '' : ' | undefined'};\n`;
}
