/** What is in a column that holds one thing on each line: keywords, further files. */
export const linesOf = (text: string | null | undefined): string[] => (text ?? '').split('\n').filter((line) => line !== '');
