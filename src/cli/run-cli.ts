import { CommanderError } from '@commander-js/extra-typings';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { isSystemError, toOutputFault } from '../files/output-fault.js';
import { type CliIo, ReaderLeft, StdoutFailed } from '../local/io.js';
import { exitCodeOf } from './exit-codes.js';
import { createProgram } from './program.js';
import { paint } from './render/paint.js';
import { toFlags } from './to-flags.js';

/** Runs one command line and returns its exit code. It never throws. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  let thrown: unknown;
  try {
    const program = await createProgram({ ...io, runCli }, args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    thrown = error;
  }
  await new Promise((done) => setImmediate(done)); // a stream says a tick later that it could not write
  const { reason } = io.signal;
  if (reason instanceof ReaderLeft) return 0;
  const failure = toFailure(reason instanceof StdoutFailed ? reason : thrown);
  if (failure === undefined) return 0;
  if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2;
  say(failure, io, args.includes('--verbose'));
  return exitCodeOf(failure);
}

/** An error of the operating system is not a bug in labelwise. */
function toFailure(error: unknown): unknown {
  if (error instanceof StdoutFailed) return toOutputFault('stdout', error.cause, 'redirect it elsewhere');
  if (!isSystemError(error)) return error;
  if (hasSystemCode(error, ...READ_FAULTS) && !WRITE_CALLS.includes(error.syscall ?? ''))
    return new LabelwiseError('INPUT_UNREADABLE', `${error.path ?? 'A file'} cannot be read: ${messageOf(error)}.`, {
      hint: 'Check its permissions, and that it is a regular file.',
      cause: error,
    });
  if (!hasSystemCode(error, ...WRITE_FAULTS) && !WRITE_CALLS.includes(error.syscall ?? '')) return error;
  return toOutputFault(error.path ?? 'a file', error, 'choose another place (set LABELWISE_HOME for the database and the cache)');
}

const READ_FAULTS = ['EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EIO'];
const WRITE_FAULTS = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'];
const WRITE_CALLS = ['write', 'mkdir', 'rmdir', 'unlink', 'rename', 'ftruncate', 'fsync', 'copyfile', 'symlink'];

function say(error: unknown, io: CliIo, isVerbose: boolean): void {
  const print = (line: string): boolean => io.stderr.write(`${line}\n`);
  const red = paint(io, 'red');
  if (error instanceof LabelwiseError) {
    print(`${red('error:')} ${toFlags(error.message)}`);
    if (error.hint) print(`${paint(io, 'cyan')('hint:')} ${toFlags(error.hint)}`);
    if (isVerbose && error.cause instanceof Error) print(String(error.cause.stack));
  } else {
    print(`${red('bug:')} ${error instanceof Error ? error.stack : String(error)}`);
    print('hint: This is a bug in labelwise. Please report it with the command that you ran.');
  }
}
