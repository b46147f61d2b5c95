import { labelwiseHome } from '../home/labelwise-home.js';
import { type Environment, type HubSettings, readHubSettings } from './hub-settings.js';

/** The surroundings of a process: the home folder and the hub. Only the entry points read the environment. */
export interface Surroundings {
  /** The folder where labelwise keeps its own files between runs. */
  readonly home: string;
  readonly hub: HubSettings;
}

export const readSurroundings = (env: Environment): Surroundings => ({ home: labelwiseHome(env), hub: readHubSettings(env) });
