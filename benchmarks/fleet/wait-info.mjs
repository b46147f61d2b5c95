/** What stands in the place of a model: a wait. */
export const DIMENSION = 512;
export const info = { name: 'a wait', fingerprint: 'wait', logitScale: 100, logitBias: Number.NaN, scoring: 'softmax' };
