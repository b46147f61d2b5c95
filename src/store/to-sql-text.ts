/** A text as SQL writes it. */
export const toSqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
