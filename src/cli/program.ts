import { readFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { cacheCommand } from './commands/cache.js';
import { classifyCommand } from './commands/classify.js';
import { datasetsCommand } from './commands/datasets.js';
import { embedCommand } from './commands/embed.js';
import { evalCommand } from './commands/eval.js';
import { inspectCommand } from './commands/inspect.js';
import { labelsCommand } from './commands/labels.js';
import { modelsCommand } from './commands/models.js';
import type { CliIo } from './io.js';

const DESCRIPTION = 'Says which words fit an image, and how sure it is. Runs offline with its embedded model.';
const EPILOGUE = `
Start here:
  labelwise classify photo.jpg --labels "cat, dog, red panda"

Settings come from flags, then the environment (LABELWISE_MODEL, LABELWISE_DEVICE, ...), then labelwise.config.json.
Exit codes: 0 done, 2 usage, 3 input, 4 model, 5 database, 130 stopped, 70 a fault of labelwise.`;

/** The whole command line. It throws instead of ending the process. */
export function createProgram(io: CliIo): Command {
  const program = new Command('labelwise')
    .description(DESCRIPTION)
    .version(readVersion(), '-V, --version')
    .addHelpText('after', EPILOGUE)
    .addCommand(classifyCommand(io))
    .addCommand(embedCommand(io))
    .addCommand(inspectCommand(io))
    .addCommand(evalCommand(io))
    .addCommand(datasetsCommand(io))
    .addCommand(labelsCommand(io))
    .addCommand(modelsCommand(io))
    .addCommand(cacheCommand(io));
  prepare(program as Command, io);
  return program as Command;
}

function prepare(command: Command, io: CliIo): void {
  command.exitOverride();
  command.showHelpAfterError('(see --help)');
  command.configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(text) });
  for (const child of command.commands) prepare(child as Command, io);
}

function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
