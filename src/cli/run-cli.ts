import { CommanderError } from '@commander-js/extra-typings';
import { LabelwiseError } from '../errors.js';
import { exitCodeOf } from './exit-codes.js';
import { type CliIo, ReaderLeft } from './io.js';
import { createProgram } from './program.js';
import { paint } from './render/paint.js';

/** Runs one command line to its end and gives its exit code; nothing is thrown. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const program = createProgram(io);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (io.signal.reason instanceof ReaderLeft) return 0;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const say = (line: string): boolean => io.stderr.write(`${line}\n`);
    const red = paint(io, 'red');
    if (error instanceof LabelwiseError) {
      say(`${red('error:')} ${error.message}`);
      if (error.hint) say(`${paint(io, 'cyan')('hint:')} ${error.hint}`);
      if (args.includes('--verbose') && error.cause instanceof Error) say(String(error.cause.stack));
    } else {
      say(`${red('bug:')} ${error instanceof Error ? error.stack : String(error)}`);
      say('hint: This is a fault of labelwise: please report it with the command that you ran.');
    }
    return exitCodeOf(error);
  }
}
