import { labelwiseHome } from '../home/labelwise-home.js';
import { type Environment, type HubSettings, readHubSettings } from './hub-settings.js';

/** The surroundings of a process: the home folder and the hub. Only the entry points read the environment. */
export interface Surroundings {
  /** The folder where labelwise keeps its own files between runs. */
  readonly home: string;
  readonly hub: HubSettings;
  /** Where a relative path of a model starts. Without it, in the current folder of the process. */
  readonly cwd?: string | undefined;
  /** Where OpenVINO is: its C library, a folder with it, or a Python environment that has the package. Without it, the usual places are searched. */
  readonly openvino?: string | undefined;
  /** Python environments that are active. */
  readonly pythonEnvironments?: readonly string[] | undefined;
}

export const readSurroundings = (env: Environment): Surroundings => ({
  home: labelwiseHome(env),
  hub: readHubSettings(env),
  openvino: env.LABELWISE_OPENVINO || undefined,
  pythonEnvironments: [env.VIRTUAL_ENV, env.CONDA_PREFIX].flatMap((folder) => folder || []),
});
