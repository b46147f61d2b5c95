import { GRAPH_FILES } from '../graph-files.js';

/** The weights of an int8 copy. */
export const INT8_FILE = 'weights.bin';

/** What is run of an int8 copy. */
export const INT8_FILES = [...GRAPH_FILES, INT8_FILE] as const;
