import { Command } from '@commander-js/extra-typings';
import { VERSION } from '../files/package-root.js';
import type { CliIo } from '../local/io.js';

const DESCRIPTION = 'Ranks labels for images and searches images by words. Works offline with the embedded model.';
const EPILOGUE = `
Start here:
  labelwise classify photo.jpg --labels "cat, dog, red panda"

Flags override environment variables (LABELWISE_MODEL, LABELWISE_DEVICE, ...), which override labelwise.config.json.
Exit codes: 0 done, 2 usage, 3 input or output, 4 model, 5 database or full disk, 130 stopped, 70 a bug in labelwise.`;

/** Commands by name, in the order of the help; only the command that runs is loaded. */
const COMMANDS: Readonly<Record<string, (io: CliIo) => Promise<unknown>>> = {
  classify: async (io) => (await import('./commands/classify.js')).classifyCommand(io),
  embed: async (io) => (await import('./commands/embed.js')).embedCommand(io),
  inspect: async (io) => (await import('./commands/inspect.js')).inspectCommand(io),
  eval: async (io) => (await import('./commands/eval.js')).evalCommand(io),
  calibrate: async (io) => (await import('./commands/calibrate.js')).calibrateCommand(io),
  index: async (io) => (await import('./commands/index.js')).indexCommand(io),
  search: async (io) => (await import('./commands/search.js')).searchCommand(io),
  tag: async (io) => (await import('./commands/tag.js')).tagCommand(io),
  tags: async (io) => (await import('./commands/tags.js')).tagsCommand(io),
  duplicates: async (io) => (await import('./commands/duplicates.js')).duplicatesCommand(io),
  discover: async (io) => (await import('./commands/discover.js')).discoverCommand(io),
  export: async (io) => (await import('./commands/export.js')).exportCommand(io),
  datasets: async (io) => (await import('./commands/datasets.js')).datasetsCommand(io),
  teach: async (io) => (await import('./commands/teach.js')).teachCommand(io),
  prompts: async (io) => (await import('./commands/prompts.js')).promptsCommand(io),
  labels: async (io) => (await import('./commands/labels.js')).labelsCommand(io),
  models: async (io) => (await import('./commands/models.js')).modelsCommand(io),
  serve: async (io) => (await import('./commands/serve.js')).serveCommand(io),
  mcp: async (io) => (await import('./commands/mcp.js')).mcpCommand(io),
  completion: async (io) => (await import('./commands/completion.js')).completionCommand(io),
  worker: async (io) => (await import('./commands/queue.js')).workerCommand(io),
  queue: async (io) => (await import('./commands/queue.js')).queueCommand(io),
  cache: async (io) => (await import('./commands/cache.js')).cacheCommand(io),
};

/** The command line, or only the command that `args` start with. It throws instead of exiting. */
export async function createProgram(io: CliIo, args: readonly string[] = []): Promise<Command> {
  const program = new Command('labelwise')
    .enablePositionalOptions() // otherwise a command takes --db and --json from its subcommands
    .description(DESCRIPTION)
    .version(VERSION, '-V, --version')
    .addHelpText('after', EPILOGUE) as Command;
  const asked = Object.hasOwn(COMMANDS, args[0] ?? '') ? COMMANDS[args[0] as string] : undefined;
  const isVersion = args[0] === '-V' || args[0] === '--version';
  for (const load of asked ? [asked] : isVersion ? [] : Object.values(COMMANDS)) program.addCommand((await load(io)) as Command);
  prepare(program, io);
  return program;
}

/** What a person decides comes first in the help, then how the model runs. */
const GROUPS = ['Options:', 'Model options:', 'General options:'];

function prepare(command: Command, io: CliIo): void {
  command.exitOverride();
  command.configureHelp({
    groupItems(_all, shown, groupOf) {
      const groups = [...new Set(shown.map(groupOf))].sort((a, b) => GROUPS.indexOf(a) - GROUPS.indexOf(b));
      return new Map(groups.map((group) => [group, shown.filter((item) => groupOf(item) === group)]));
    },
  });
  command.showHelpAfterError('(see --help)');
  command.configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(text) });
  for (const child of command.commands) prepare(child as Command, io);
}
