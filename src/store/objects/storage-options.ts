import { LabelwiseError } from '../../errors.js';
import { type ObjectAddress, withoutKeys } from '../../files/object-address.js';

/** All options, and whether each is a text or a flag. */
export const STORAGE_OPTIONS: Readonly<Record<keyof StorageOptions, 'text' | 'flag'>> = {
  endpoint: 'text',
  region: 'text',
  allowHttp: 'flag',
  pathStyle: 'flag',
  accessKeyId: 'text',
  secretAccessKey: 'text',
  sessionToken: 'text',
  serviceAccount: 'text',
  accountName: 'text',
  accountKey: 'text',
  sasToken: 'text',
};

/** How an object store is reached. What is missing comes from the standard places of its cloud: variables, profiles, roles of the machine. */
export interface StorageOptions {
  /** The address of a store other than the cloud's own: `https://minio.example:9000`. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** Allow an endpoint without TLS on another machine. */
  readonly allowHttp?: boolean | undefined;
  /** `https://endpoint/bucket/key`, as most stores of one's own want it; the default. `false`: `https://bucket.endpoint/key`. */
  readonly pathStyle?: boolean | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** Google Cloud Storage: the path of a service account's key file. */
  readonly serviceAccount?: string | undefined;
  /** Azure. */
  readonly accountName?: string | undefined;
  readonly accountKey?: string | undefined;
  readonly sasToken?: string | undefined;
}

/** @throws LabelwiseError `INVALID_ARGUMENT` for options that do not exist, and for an endpoint without TLS on another machine */
export function readStorageOptions(given: unknown): StorageOptions {
  const options = (given ?? {}) as StorageOptions;
  const fault = findFault(options);
  if (fault !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', `The storageOptions cannot be used: ${fault}.`, {
      hint: `Those that exist: ${Object.keys(STORAGE_OPTIONS).join(', ')}.`,
    });
  const { endpoint, allowHttp } = options;
  if (endpoint === undefined) return { ...options };
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const fail = (expected: string, hint: string): never => {
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected the endpoint in storageOptions to be ${expected}, got ${withoutKeys(endpoint)}.`,
      {
        hint,
      },
    );
  };
  if (url === undefined || !/^https?:$/.test(url.protocol)) fail('an address', 'Write https://HOST:PORT.');
  if (`${url?.username}${url?.password}` !== '') fail('an address without keys', 'Set "accessKeyId" and "secretAccessKey" instead.');
  const isLocal = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'http:' && !isLocal && allowHttp !== true)
    fail('an https address', 'Keys and images would travel unencrypted. To accept that, set "allowHttp": true.');
  return { ...options, ...(url?.protocol === 'http:' ? { allowHttp: true } : {}) };
}

function findFault(options: object): string | undefined {
  if (typeof options !== 'object' || Array.isArray(options)) return 'expected an object';
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(STORAGE_OPTIONS, name)) return `"${name}" does not exist`;
    const isFlag = STORAGE_OPTIONS[name as keyof StorageOptions] === 'flag';
    const isRight = isFlag ? typeof value === 'boolean' : typeof value === 'string' && value !== '';
    if (value !== undefined && !isRight) return `"${name}" has to be ${isFlag ? 'true or false' : 'a text that is not empty'}`;
  }
  const { accessKeyId, secretAccessKey } = options as StorageOptions;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) return '"accessKeyId" and "secretAccessKey" belong together';
  return undefined;
}

/** An unreachable store is given up after half a minute; LanceDB's default is three. Its client waits longer each time, and never the same. */
const PATIENCE = { client_max_retries: '5', client_retry_timeout: '30', connect_timeout: '5s', timeout: '60s' };

/** As LanceDB names them. */
export function toLanceOptions({ scheme }: ObjectAddress, options: StorageOptions): Record<string, string> {
  const { endpoint, allowHttp, pathStyle = true } = options;
  // Without a region, LanceDB asks the cloud for it, also where the store is another one.
  const region = options.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  const named: Record<string, string | undefined> = {
    allow_http: allowHttp === true ? 'true' : undefined,
    ...(scheme === 's3' && {
      aws_endpoint: endpoint,
      aws_region: region,
      aws_virtual_hosted_style_request: endpoint === undefined ? undefined : String(!pathStyle),
      aws_access_key_id: options.accessKeyId,
      aws_secret_access_key: options.secretAccessKey,
      aws_session_token: options.sessionToken,
    }),
    ...(scheme === 'gs' && { google_service_account: options.serviceAccount }),
    ...(scheme === 'az' && {
      azure_endpoint: endpoint,
      azure_storage_account_name: options.accountName,
      azure_storage_account_key: options.accountKey,
      azure_storage_sas_token: options.sasToken,
    }),
  };
  const stated = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...PATIENCE, ...Object.fromEntries(stated) };
}
