/** The page of settings, made from the schema that checks them. */

import { z } from 'zod';
import { toFlag } from '../dist/cli/to-flags.js';
import { CONFIG_FILE, configSchema, variableOf } from '../dist/config/config.js';
import { serveSchema } from '../dist/config/serve-config.js';
import { DEFAULT_IMAGE_LIMITS } from '../dist/images/read-image.js';

/** `help` is the text of all commands: it shows which settings have a flag. */
export function settingsPage(help) {
  const ofServe = (key) => variableOf(`serve${key[0].toUpperCase()}${key.slice(1)}`);
  return `${HEAD}\n${tableOf(configSchema, help, variableOf)}${SERVE}\n${tableOf(serveSchema, help, ofServe)}${HOME}`;
}

function tableOf(of, help, variable) {
  const { properties } = z.toJSONSchema(of, { unrepresentable: 'any' });
  const rows = Object.entries(properties).map(([key, schema]) => {
    if (!schema.description) throw new Error(`The setting ${key} has no description in src/config.`);
    const flag = [toFlag(key), toFlag(key).replace('--', '--no-')].find((name) => help.includes(`${name} `));
    const value = schema.default ?? DEFAULT_IMAGE_LIMITS[key];
    const cells = [
      `\`${key}\``,
      typeOf(schema),
      flag ? `\`${flag}\`` : '',
      key === 'serve' ? '' : `\`${variable(key)}\``,
      value === undefined ? '' : `\`${value}\``,
    ];
    return `| ${[...cells, schema.description].join(' | ')} |`;
  });
  return `| setting | value | flag | variable | default | meaning |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function typeOf(schema) {
  if (schema.enum) return schema.enum.join(', ');
  if (schema.type === 'array') return 'list of texts';
  if (schema.type === 'object') return 'object';
  return { string: 'text', integer: 'whole number', number: 'number' }[schema.type] ?? 'true or false';
}

const HEAD = `# Settings

Made by \`npm run docs\` from src/config/config.ts.

A setting comes from a flag, else from the environment, else from \`${CONFIG_FILE}\` in the folder where the command runs, else from its default.
The file is a JSON object. A setting that does not exist, or a value that cannot be used, is an error (\`CONFIG_INVALID\`):

\`\`\`json
{ "model": "openai/clip-vit-base-patch32", "db": "./photos-db", "topK": 3 }
\`\`\`

In the environment, true and false are also \`1\` and \`0\`, \`yes\` and \`no\`, \`on\` and \`off\`. The library does not read settings: its functions take
options.
`;

const SERVE = `
## The service

Settings of \`labelwise serve\`: flags, variables, or \`serve\` in the file. In a variable, a list is separated by commas or spaces.

\`\`\`json
{ "model": "openai/clip-vit-base-patch32", "serve": { "port": 8080, "keys": "keys.json", "rate": 600 } }
\`\`\`
`;

const HOME = `
## The home

labelwise keeps its database, the embeddings of earlier runs and what it made from models in one folder:

| system | folder |
|---|---|
| if \`LABELWISE_HOME\` is set | that folder |
| Linux and others | \`$XDG_DATA_HOME/labelwise\`, else \`~/.local/share/labelwise\` |
| macOS | \`~/Library/Application Support/labelwise\` |
| Windows | \`%LOCALAPPDATA%\\labelwise\` |

| in the home | contents | if you delete it |
|---|---|---|
| \`db\` | label tables, the index and its tags | they are lost |
| \`cache\` | embeddings of images and labels; \`labelwise cache clear\` empties it | they are computed again when needed |
| \`graphs\` | ONNX graphs written for a model's weights | they are written again when needed |
| \`int8\` | int8 copies of models | \`labelwise models quantize\` makes them again |
| \`openvino\` | models that OpenVINO compiled | they are compiled again when needed |
| \`precisions\` | what \`labelwise models quantize\` found bf16, and int8 with OpenVINO, to cost | run it again before you use them |
| \`tuning.json\` | what \`labelwise models tune\` found | the defaults apply |
| \`serve.json\` | while \`labelwise serve\` runs: where its local socket is. Only you can read it | other commands open the model themselves |
| \`hub\`, \`file-hashes.json\`, \`onnx-ranges.json\` | notes about files that were downloaded and checked | the files are checked again |

## Models from the hub

Downloaded models and data sets are kept where Python's huggingface_hub keeps them, and read from there. The same variables apply:
\`HF_HOME\`, \`HF_HUB_CACHE\`, \`HF_ENDPOINT\`, \`HF_TOKEN\`, \`HF_TOKEN_PATH\` and \`HF_HUB_OFFLINE\`.
`;
