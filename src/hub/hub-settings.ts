import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the hub and its cache are, from the same variables as Python's huggingface_hub. */
export interface HubSettings {
  readonly endpoint: string;
  readonly cacheDir: string;
  readonly token: string | undefined;
  readonly isOffline: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN (or the file that `hf auth login` writes) and HF_HUB_OFFLINE. */
export function readHubSettings(env: Environment): HubSettings {
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  return {
    endpoint: (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
    cacheDir: env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub'),
    token: env.HF_TOKEN?.trim() || readTokenFile(env.HF_TOKEN_PATH || join(home, 'token')),
    isOffline: /^(?:1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? env.TRANSFORMERS_OFFLINE ?? ''),
  };
}

function readTokenFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined; // nobody logged in
  }
}
