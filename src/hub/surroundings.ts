import { labelwiseHome } from '../home/labelwise-home.js';
import { type Environment, type HubSettings, readHubSettings } from './hub-settings.js';

/** What a process finds around it. Doors read it; nothing below them looks at the environment. */
export interface Surroundings {
  /** The folder where labelwise keeps its own things between runs. */
  readonly home: string;
  readonly hub: HubSettings;
}

export const readSurroundings = (env: Environment): Surroundings => ({ home: labelwiseHome(env), hub: readHubSettings(env) });
