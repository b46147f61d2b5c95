/** Messages name an option as the library spells it, between backticks; here it becomes the flag: `topK` is --top-k. */
export const toFlags = (message: string): string =>
  message.replace(/`([a-z][A-Za-z0-9]*)`/g, (_, option: string) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
