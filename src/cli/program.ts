import { readFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { classifyCommand } from './commands/classify.js';
import { duplicatesCommand } from './commands/duplicates.js';
import { embedCommand } from './commands/embed.js';
import { exportCommand } from './commands/export.js';
import { indexCommand } from './commands/index.js';
import { inspectCommand } from './commands/inspect.js';
import { labelsCommand } from './commands/labels.js';
import { modelsCommand } from './commands/models.js';
import { searchCommand } from './commands/search.js';
import { tagCommand } from './commands/tag.js';
import { tagsCommand } from './commands/tags.js';
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
    .enablePositionalOptions() // a flag after a subcommand is that subcommand's
    .addCommand(classifyCommand(io))
    .addCommand(duplicatesCommand(io))
    .addCommand(embedCommand(io))
    .addCommand(exportCommand(io))
    .addCommand(indexCommand(io))
    .addCommand(inspectCommand(io))
    .addCommand(labelsCommand(io))
    .addCommand(modelsCommand(io))
    .addCommand(searchCommand(io))
    .addCommand(tagCommand(io))
    .addCommand(tagsCommand(io));
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
