import { AsyncLocalStorage } from 'node:async_hooks';
import type { EncoderLender } from '../tasks/workspace.js';

/** What a service lends to a command that it runs for another process. */
export interface Lending {
  readonly lender: EncoderLender;
  /** Ends the run, and has the command run in its own process: it needs what only that has. */
  readonly decline: () => void;
  /** Where warnings of what is lent go: to the command that caused them. */
  warn?: (message: string) => void;
}

/** Set while a command runs in a service. */
export const lending = new AsyncLocalStorage<Lending>();
