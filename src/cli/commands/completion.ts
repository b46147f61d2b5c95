import { readFile } from 'node:fs/promises';
import { Argument } from '@commander-js/extra-typings';
import { packageFile } from '../../files/package-root.js';
import type { CliIo } from '../../local/io.js';
import { baseCommand } from '../options.js';

/** `labelwise completion`: what a shell completes after the program's name. `npm run docs` makes the scripts. */
export function completionCommand(io: CliIo) {
  return baseCommand('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'source <(labelwise completion bash)').choices(['bash', 'zsh', 'fish'] as const))
    .action(async (shell) => void io.stdout.write(await readFile(packageFile(`data/completions/labelwise.${shell}`), 'utf8')));
}
