import { type Operations, ROUTES } from './api.js';
import { readEvents } from './read-events.js';

type Name = keyof Operations;

/** What a call may take beside its request. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A method for each operation of the service. Path, query and body are fields of one request. */
export type Client = {
  readonly [K in Name]: (
    ...call: Operations[K]['request'] extends Record<string, never>
      ? [request?: Record<string, never>, options?: CallOptions]
      : [request: Operations[K]['request'], options?: CallOptions]
  ) => Operations[K]['answer'] extends AsyncGenerator<infer Event> ? AsyncGenerator<Event> : Promise<Operations[K]['answer']>;
};

export interface ClientOptions {
  /** Where the service is: `http://localhost:8080`. In a page that the service serves, the default is its own address. */
  readonly baseUrl?: string | undefined;
  /** The key, where the service needs one. */
  readonly key?: string | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/** What the service refused or failed at: its status, and the fields of its problem. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    readonly status: number,
    /** A stable name of the failure. */
    readonly code: string,
    message: string,
    /** What to do. */
    readonly hint: string | undefined,
    /** Names this request in the log of the service. */
    readonly requestId: string | undefined,
  ) {
    super(message);
  }
}

/**
 * A typed client of `labelwise serve`, for Node and browsers. A request that holds files (`Blob`) is sent as a form, any other as JSON.
 *
 * @throws ServiceError from every method, for an answer that is not 2xx
 * @example
 * const client = createClient({ baseUrl: 'http://localhost:8080' });
 * const { images } = await client.search({ query: 'a rocket', topK: 1 });
 * console.log(images[0]?.name); // rocket.jpg
 */
export function createClient({ baseUrl = '', key, fetch: given }: ClientOptions = {}): Client {
  const send = async (name: Name, request: Request = {}, options: CallOptions & { after?: string } = {}): Promise<Response> => {
    const { method, path } = ROUTES[name];
    const left = { ...request };
    const address = path.replace(/\{(\w+)\}/g, (_, field: string) => {
      const value = left[field];
      delete left[field];
      return encodeURIComponent(String(value));
    });
    const isBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
    const headers: Record<string, string> = {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(options.after === undefined ? {} : { 'last-event-id': options.after }),
    };
    const { body, type } = isBody && Object.keys(left).length > 0 ? toBody(left) : {};
    if (type) headers['content-type'] = type;
    const target = `${baseUrl.replace(/\/$/, '')}${address}${isBody ? '' : toQuery(left)}`;
    const response = await (given ?? fetch)(target, { method, headers, body: body ?? null, signal: options.signal ?? null });
    if (!response.ok) throw await toError(response);
    return response;
  };
  const call = async (name: Name, request?: Request, options?: CallOptions): Promise<unknown> => {
    const response = await send(name, request, options);
    const { answer } = ROUTES[name];
    if (answer === 'nothing') return undefined;
    return answer === 'blob' ? response.blob() : response.json();
  };
  const follow = (name: Name, request?: Request, options?: CallOptions) =>
    readEvents((after) => send(name, request, { ...options, ...(after === undefined ? {} : { after }) }), options?.signal);
  const names = Object.keys(ROUTES) as Name[];
  const methods = names.map((name) => {
    const run = ROUTES[name].answer === 'events' ? follow : call;
    return [name, (request?: Request, options?: CallOptions) => run(name, request, options)] as const;
  });
  return Object.fromEntries(methods) as unknown as Client;
}

type Request = Record<string, unknown>;

/** A form where the request holds files, else JSON. */
function toBody(fields: Request): { body: FormData | string; type?: string } {
  const isFile = (value: unknown): boolean => value instanceof Blob;
  if (!Object.values(fields).some((value) => [value].flat().some(isFile)))
    return { body: JSON.stringify(fields), type: 'application/json' };
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    for (const item of [value].flat()) if (item !== undefined) form.append(name, item instanceof Blob ? item : String(item));
  return { body: form };
}

function toQuery(fields: Request): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const item of [value].flat()) if (item !== undefined) query.append(name, String(item));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

async function toError(response: Response): Promise<ServiceError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; hint?: string; requestId?: string };
  const { code = 'UNKNOWN', detail = `The service answered ${response.status}.`, hint, requestId } = problem;
  return new ServiceError(response.status, code, detail, hint, requestId);
}
