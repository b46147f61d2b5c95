/** A path in one line: names may hold line breaks and control characters. */
export const showPath = (path: string): string => path.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
