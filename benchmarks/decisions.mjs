// Measures probabilities and decisions of the embedded model on the photos in LABELWISE_DATA, and prints the tables of docs/decisions/decisions.md.
// Run it again whenever the model changes, after models/build/fit_decisions.mjs.
import { fitSoftmax, multiply, toMatrix } from '../dist/library/core.js';
import { bootstrap, measureTable, scoreSimilarities, toScoreTable } from '../dist/library/eval.js';
import { embedSets, openEncoder } from './decision-data.mjs';

const encoder = await openEncoder();
const sets = await embedSets(encoder);
const { logitScale, logitBias, calibrations } = encoder.info;
const raw = { scoring: 'softmax', logitScale, logitBias };
const percent = ({ value, low, high }) => `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
const scoresOf = ({ vectors, embeddings, truths }) => ({
  similarities: multiply(toMatrix(embeddings), toMatrix(vectors)),
  labels: vectors.length,
  truths,
});

measureCalibration();
await encoder.close();

/** The calibration error of each set, fitted on the others: of the raw value, the figure less its bias, and the interval of `eval`. */
function measureCalibration() {
  const groups = {
    'Tiny-ImageNet': ['tiny'],
    'Caltech-101': ['caltech', 'caltech-train'],
    'CIFAR-10': ['cifar10'],
    ImageNet: ['imagenet'],
  };
  console.log('\n| data | images | raw | a temperature | bent | the value shipped |\n|---|---|---|---|---|---|');
  for (const [name, held] of Object.entries(groups)) {
    const others = Object.entries(sets).filter(([set]) => set !== 'coco' && !held.includes(set));
    const fitted = (isBent) =>
      fitSoftmax(
        others.map(([, set]) => scoresOf(set)),
        { isBent },
      );
    const rules = [undefined, fitted(false), fitted(true), calibrations?.[0]?.softmax].map((softmax) => ({
      ...raw,
      calibration: softmax && { templates: [], softmax },
    }));
    const errors = rules.map((rule) =>
      percent(
        calibrationError(
          held.map((set) => scoresOf(sets[set])),
          rule,
        ),
      ),
    );
    const images = held.reduce((sum, set) => sum + sets[set].truths.length, 0);
    console.log(`| ${name} | ${images} | ${errors.join(' | ')} |`);
  }
}

function calibrationError(scored, rule) {
  const rows = scored.flatMap(({ similarities, labels, truths }) =>
    truths.map(([truth], i) => {
      const { top, rank, negativeLogLikelihood } = scoreSimilarities(similarities.subarray(i * labels, (i + 1) * labels), [truth], {
        ...rule,
        topK: 1,
      });
      return { truth, predicted: top[0].label, confidence: top[0].probability, rank, negativeLogLikelihood };
    }),
  );
  const table = toScoreTable(rows, scored[0].labels);
  const measure = (places) => [measureTable(table, { ks: [] }, places).expectedCalibrationError];
  const [{ low, high }] = bootstrap(rows.length, measure, { seed: 0, biased: [0] });
  const [[value], resamples] = [measure(), bootstrap(rows.length, measure, { seed: 0 })];
  const bias = (resamples[0].low + resamples[0].high) / 2 - value; // of the bootstrap: its middle less the figure
  return { value: Math.max(0, value - bias), low, high };
}
