// Fits the probabilities and decisions of the embedded model to all labelled photos in LABELWISE_DATA, and writes models/pocket/decisions.json.
// Run it again whenever the model changes: npm run build && node models/build/fit_decisions.mjs
import { writeFileSync } from 'node:fs';
import { embedBackground, embedForCalibration, embedSets, embedTagVocabulary, openEncoder } from '../../benchmarks/decision-data.mjs';
import { loadTemplateSet } from '../../dist/index.js';
import { fitNone, fitSeveral, fitSoftmax, multiply, toMatrix } from '../../dist/library/core.js';

const encoder = await openEncoder();
const all = await embedSets(encoder);
const scores = (await embedForCalibration(encoder, all)).map(({ vectors, embeddings, truths }) => ({
  similarities: multiply(toMatrix(embeddings), toMatrix(vectors)),
  labels: vectors.length,
  truths,
}));
const { templates } = await loadTemplateSet('default');
const softmax = fitSoftmax(scores, 'doubt');
const { logitScale, logitBias, scoring } = encoder.info;
const oneLabel = Object.values(all).filter(({ truths }) => truths.every((shown) => shown.length === 1)).map((set) => ({ ...set, truths: set.truths.flat() }));
const { vectors: words } = await embedBackground(encoder);
const none = fitNone(oneLabel, words, { scoring, logitScale, logitBias, calibration: { templates: [], softmax } });
const vocabulary = await embedTagVocabulary(encoder);
const tagged = oneLabel.map(({ against: _, nameOf, ...set }) => ({ ...set, against: (kept) => vocabulary.against(kept.map(nameOf)) }));
const several = fitSeveral(tagged, vocabulary.vectors, { scoring, logitScale, logitBias, calibration: { templates: [], softmax } });
const calibration = { templates: templates.map(({ text }) => text), softmax, none, several };
const file = { fingerprint: encoder.info.fingerprint, calibrations: [calibration] };
writeFileSync(new URL('../pocket/decisions.json', import.meta.url), `${JSON.stringify(file, null, 1)}\n`);
console.log(calibration);
await encoder.close();
