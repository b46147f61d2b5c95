/** Options whose flag has another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  labelNames: 'labels',
  labelTable: 'table',
  models: 'model',
  templates: 'template',
  templateSets: 'template-set',
};

/** The flag of an option: --top-k for topK. */
export const toFlag = (option: string): string =>
  `--${OTHER_NAMES[option] ?? option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Messages name an option as the library spells it, in backticks; the command line prints its flag instead. */
export const toFlags = (message: string): string => message.replace(/`([a-z][A-Za-z0-9]*)`/g, (_, option: string) => toFlag(option));

interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** An error for a row of output. */
export const toShownError = ({ code, message, hint }: ShownError) => ({
  code,
  message: toFlags(message),
  ...(hint === undefined ? {} : { hint: toFlags(hint) }),
});
