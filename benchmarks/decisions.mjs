// Measures probabilities and decisions of the embedded model on the photos in LABELWISE_DATA, and prints the tables of docs/decisions/decisions.md.
// Run it again whenever the model changes, after models/build/fit_decisions.mjs. Names of parts after it run these alone: calibration, none, tags,
// speed.
import { readFileSync } from 'node:fs';
import { largestOfViews } from '../dist/core/crops.js';
import { createCutBalancer } from '../dist/core/decisions/balance-cuts.js';
import { evidenceOf, evidenceScale, noneProbability, setAgainst } from '../dist/core/decisions/none-of-these.js';
import { createLabelTest, fitSoftmax, multiply, tagDecision, toMatrix } from '../dist/library/core.js';
import { bootstrap, meanAveragePrecision, measureTable, rankImages, scoreSimilarities, toScoreTable } from '../dist/library/eval.js';
import { embedBackground, embedCrops, embedForCalibration, embedSets, embedTagVocabulary, openEncoder } from './decision-data.mjs';

const encoder = await openEncoder();
const sets = await embedSets(encoder);
const { logitScale, logitBias, calibrations } = encoder.info;
const raw = { scoring: 'softmax', logitScale, logitBias };
const top = (values) => values.reduce((a, b) => Math.max(a, b));
const percent = ({ value, low, high }) => `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
const scoresOf = ({ vectors, embeddings, truths }) => ({
  similarities: multiply(toMatrix(embeddings), toMatrix(vectors)),
  labels: vectors.length,
  truths,
});

const words = (await embedBackground(encoder)).vectors;
const vocabulary = await embedTagVocabulary(encoder);
const PARTS = { calibration: measureCalibration, none: measureNone, tags: measureTags, speed: measureSpeed };
const chosen = process.argv.slice(2);
for (const [name, measure] of Object.entries(PARTS)) if (chosen.length === 0 || chosen.includes(name)) await measure();
await encoder.close();

/** Each method on the five pairs: the area under the ROC curve, and how often a photo of none gets a label where 95 % of the known keep theirs. */
function measureNone() {
  const dot = (a, b) => multiply(toMatrix([a]), toMatrix(b));
  const logSum = (values) => Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
  const softmax = calibrations?.[0]?.softmax;
  const methods = {
    'maximum softmax': () => (x, t) => top(dot(x, t).map((s) => logitScale * s)) - logSum(dot(x, t).map((s) => logitScale * s)),
    'maximum similarity (MCM)': () => (x, t) => top(dot(x, t)),
    energy: () => (x, t) => logSum(dot(x, t).map((s) => logitScale * s)),
    'margin over the collection': (t, all) => {
      const columns = toMatrix(t);
      const seen = multiply(toMatrix(all), columns);
      const stats = t.map((_, l) => {
        const column = all.map((_, i) => seen[i * t.length + l]);
        const mean = column.reduce((a, b) => a + b, 0) / all.length;
        return { mean, deviation: Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length) };
      });
      return (x) => top(dot(x, t).map((s, l) => (s - stats[l].mean) / stats[l].deviation));
    },
    'background words': (t) => {
      const opponents = setAgainst(t, words);
      return (x) => evidenceOf(x, opponents, logitScale);
    },
    'background words, calibrated scale': (t) => {
      const opponents = setAgainst(t, words);
      return (x) => evidenceOf(x, opponents, softmax?.scale ?? logitScale);
    },
    'the same without words for kinds of a label (chosen)': (t, _, against) => {
      const opponents = setAgainst(t, words, against);
      return (x) => evidenceOf(x, opponents, softmax?.scale ?? logitScale);
    },
  };
  const every = (name) => ({ name, kept: [...sets[name].vectors.keys()], known: sets[name].embeddings });
  const namesOf = ({ images }) => images.map(({ labels }) => labels);
  const against = (name, other) => ({ ...every(name), unknown: sets[other].embeddings, shown: namesOf(sets[other]) });
  const pairs = [
    against('cifar10', 'caltech'),
    against('caltech', 'cifar10'),
    against('tiny', 'coco'),
    against('coco', 'imagenet'),
    ...[0, 1, 2, 3, 4].map((draw) => {
      const isKept = (label) => (label * 2654435761 + draw * 40503 * 65537) % 4294967296 < 2147483648; // half of the labels, another half in each draw
      const { embeddings, truths, vectors } = sets.caltech;
      const part = (values, kept) => values.filter((_, i) => isKept(truths[i][0]) === kept);
      const [known, unknown, shown] = [part(embeddings, true), part(embeddings, false), part(namesOf(sets.caltech), false)];
      return { name: 'caltech', kept: [...vectors.keys()].filter(isKept), known, unknown, shown };
    }),
  ];
  const withoutKin = pairs.map((pair) => {
    const isOther = pair.shown.map((shown) => sets[pair.name].isOther(pair.kept, shown));
    return { ...pair, unknown: pair.unknown.filter((_, i) => isOther[i]) };
  });
  for (const [title, compared] of [
    ['All photos', pairs],
    ['Photos that show a kind of a label left out', withoutKin],
  ]) {
    const heads = ['CIFAR-10 < Caltech', 'Caltech < CIFAR-10', 'Tiny < COCO', 'COCO < ImageNet'].join(' | ');
    console.log(`\n${title}\n| method | ${heads} | Caltech, half hidden (5 draws) | mean | FPR at 95 % |\n|${'---|'.repeat(8)}`);
    for (const [name, open] of Object.entries(methods)) printNone(name, compared, open);
  }
  measureRates(withoutKin);
}

function printNone(name, pairs, open) {
  const found = pairs.map((pair) => {
    const t = pair.kept.map((label) => sets[pair.name].vectors[label]);
    const score = open(t, [...pair.known, ...pair.unknown], sets[pair.name].against(pair.kept));
    return curve(
      pair.known.map((x) => score(x, t)),
      pair.unknown.map((x) => score(x, t)),
    );
  });
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const half = mean(found.slice(4).map(({ auroc }) => auroc.value));
  const aurocs = [...found.slice(0, 4).map(({ auroc }) => auroc.value), half];
  const alarms = mean([...found.slice(0, 4).map(({ alarms }) => alarms), mean(found.slice(4).map(({ alarms }) => alarms))]);
  const show = ({ auroc: { value, low, high } }) => `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
  console.log(
    `| ${name} | ${found.slice(0, 4).map(show).join(' | ')} | ${half.toFixed(3)} | ${mean(aurocs).toFixed(3)} | ${alarms.toFixed(3)} |`,
  );
}

/** What `--none-rate` comes to: of as many photos of the labels as of none of them, how many that get a label show none. */
function measureRates(pairs) {
  const { none } = calibrations[0];
  const probabilities = pairs.map((pair) => {
    const t = pair.kept.map((label) => sets[pair.name].vectors[label]);
    const opponents = setAgainst(t, words, sets[pair.name].against(pair.kept));
    const of = (x) => noneProbability(evidenceOf(x, opponents, evidenceScale({ logitScale, calibration: calibrations[0] })), none);
    return { known: pair.known.map(of), unknown: pair.unknown.map(of) };
  });
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  console.log(
    '\n| rate | photos of none that get a label | photos of a label that keep one | of those with a label, none |\n|---|---|---|---|',
  );
  for (const rate of [0.05, 0.1, 0.2, 0.3, 0.5, 0.7]) {
    const share = (values) => values.filter((p) => p <= rate).length / values.length;
    const rows = probabilities.map(({ known, unknown }) => [share(unknown), share(known)]);
    const [wrong, kept] = [0, 1].map((i) => mean([...rows.slice(0, 4).map((row) => row[i]), mean(rows.slice(4).map((row) => row[i]))]));
    console.log(`| ${rate} | ${wrong.toFixed(2)} | ${kept.toFixed(2)} | ${(wrong / (wrong + kept)).toFixed(2)} |`);
  }
}

function curve(known, unknown) {
  const all = [...known.map((score) => ({ score, isKnown: 1 })), ...unknown.map((score) => ({ score, isKnown: 0 }))];
  const measure = (places) => {
    const rows = (places ? Array.from(places, (i) => all[i]) : [...all]).sort((a, b) => a.score - b.score);
    let [below, sum] = [0, 0];
    for (let i = 0; i < rows.length; ) {
      let j = i;
      let [same, own] = [0, 0];
      for (; j < rows.length && rows[j].score === rows[i].score; j++) rows[j].isKnown ? own++ : same++;
      sum += own * (below + same / 2);
      below += same;
      i = j;
    }
    return [sum / (below * (rows.length - below))];
  };
  const cut = known.toSorted((a, b) => a - b)[Math.floor(0.05 * known.length)];
  return {
    auroc: bootstrap(all.length, measure, { seed: 0, resamples: 200 })[0],
    alarms: unknown.filter((score) => score >= cut).length / unknown.length,
  };
}

/** Tags of COCO's objects on COCO, Caltech-101 and the ImageNet sample together, and how well COCO's objects are ranked. */
async function measureTags() {
  const truths = JSON.parse(readFileSync(new URL('coco-truths.json', import.meta.url), 'utf8'));
  const { labels, vectors } = sets.coco;
  const shows = (name, image) => (label) =>
    name === 'coco'
      ? image.labels.includes(label)
      : name === 'caltech'
        ? (truths.caltech[label] ?? []).includes(image.labels[0])
        : (truths.imagenet[label] ?? []).some(
            ([from, to]) => sets.imagenet.labels.indexOf(image.labels[0]) >= from && sets.imagenet.labels.indexOf(image.labels[0]) <= to,
          );
  const library = ['coco', 'caltech', 'imagenet'].flatMap((name) =>
    sets[name].images.map((image, i) => ({ name, embedding: sets[name].embeddings[i], shown: labels.map(shows(name, image)) })),
  );
  const several = calibrations?.[0]?.several;
  const scale = evidenceScale({ logitScale, calibration: calibrations?.[0] });
  const usual = labels.filter((_, label) => library.filter(({ shown }) => shown[label]).length >= 6);
  const some = (size, draw) => Array.from({ length: size }, (_, i) => usual[(draw * 7 + i * (draw + 3)) % usual.length]);
  const draws = (size, count) => Array.from({ length: count }, (_, draw) => [...new Set(some(size, draw))]);
  const choices = {
    2: [['dog', 'cat']],
    10: [['dog', 'cat', 'bird', 'car', 'person', 'boat', 'chair', 'bicycle', 'pizza', 'clock']],
    80: [labels],
    '20 pairs': draws(2, 20),
    '10 tens': draws(10, 10),
  };
  console.log('\n| labels | least probability | tags | precision | recall | photos with a tag |\n|---|---|---|---|---|---|');
  const crops = [];
  for (const name of ['coco', 'caltech', 'imagenet']) crops.push(...(await embedCrops(encoder, sets[name].images)));
  const inViews = toMatrix(library.flatMap(({ embedding }, i) => [embedding, ...crops[i]]));
  const whole = toMatrix(library.map(({ embedding }) => embedding));
  for (const [count, lists, images] of Object.entries(choices).flatMap(([count, lists]) => [
    [count, lists, whole],
    [`${count}, with crops`, lists, inViews],
  ])) {
    const width = images.rows / library.length; // views of a photo
    const tests = lists.map((names) => {
      const places = names.map((name) => labels.indexOf(name));
      const tested = places.map((place) => vectors[place]);
      const rule = { logitScale: scale, calibration: several, minProbability: 0.5, topK: 5 };
      const { columns, decide } = createLabelTest(tested, wordsFor(names), rule);
      const rows = multiply(images, columns);
      const tags = library.flatMap(({ shown }, i) =>
        decide(rows.subarray(i * width * columns.rows, (i + 1) * width * columns.rows)).map(({ label, probability }) => ({
          i,
          probability,
          isRight: shown[places[label]],
        })),
      );
      return { tags, all: library.reduce((sum, { shown }) => sum + places.filter((place) => shown[place]).length, 0) };
    });
    for (const minProbability of [0.5, 0.8, 0.9]) {
      const tags = tests.flatMap((test) => test.tags.filter(({ probability }) => probability >= minProbability));
      const right = tags.filter(({ isRight }) => isRight).length;
      const all = tests.reduce((sum, test) => sum + test.all, 0);
      const tagged = new Set(tags.map(({ i }) => i)).size;
      const halves = [0, 1].map((half) => {
        const some = tags.filter(({ i }) => i % 2 === half);
        return (some.filter(({ isRight }) => isRight).length / some.length).toFixed(2);
      });
      console.log(
        `| ${count} | ${minProbability} | ${tags.length} | ${(right / tags.length).toFixed(2)} (${halves.join(', ')}) | ${(right / all).toFixed(2)} | ${(tagged / library.length).toFixed(2)} |`,
      );
    }
  }
  const coco = library.filter(({ name }) => name === 'coco');
  const test = createLabelTest(vectors, wordsFor(labels), { logitScale: scale, calibration: several, minProbability: 0, topK: 80 });
  const views = coco.map(({ embedding }) => [embedding]);
  for (const [title, all] of Object.entries({ whole: views, 'with crops': views.map((own, i) => [...own, ...crops[i]]) })) {
    const of = (columns) => all.map((own) => multiply(toMatrix(own), columns)); // [views, columns] of each photo
    measureCoco(title, {
      shown: coco.map(({ shown }) => shown),
      similarities: of(toMatrix(vectors)).map((row) => largestOfViews(row, labels.length)),
      probabilities: of(test.columns).map((row) => test.probabilitiesOf(row)),
    });
  }
}

/** Ranking and cuts of COCO's objects: by similarity, by the probability of a tag, and with cuts that each label's probabilities choose. */
function measureCoco(title, { shown, similarities, probabilities }) {
  const labels = [...shown[0].keys()];
  const everyPhoto = [...shown.keys()];
  const f1Of = (isGiven, photos = everyPhoto) => macroF1(labels.map((label) => photos.map((i) => [isGiven(i, label), shown[i][label]])));
  for (const [name, scores] of Object.entries({ similarity: similarities, probability: probabilities })) {
    const ranked = labels.map((label) =>
      rankImages(
        Float32Array.from(scores, (row) => row[label]),
        Uint8Array.from(shown, (one) => (one[label] ? 1 : 0)),
      ),
    );
    const sorted = scores.flatMap((row) => [...row]).sort((a, b) => a - b);
    const cuts = Array.from({ length: 200 }, (_, i) => sorted[Math.floor((0.5 + i / 400) * (sorted.length - 1))]);
    const f1 = (cut, photos) => f1Of((i, label) => scores[i][label] >= cut, photos);
    const halves = meanOfHalves(cuts, f1);
    console.log(
      `COCO objects ${title} by ${name}: mean average precision ${meanAveragePrecision(ranked).toFixed(3)}, macro F1 at the best fixed cut ${top(cuts.map((cut) => f1(cut))).toFixed(3)}, at a cut that the other half chose ${halves.toFixed(3)}`,
    );
  }
  const balancer = createCutBalancer(labels.length);
  for (const row of probabilities) balancer.add(row);
  const own = balancer.cuts();
  const fixed = [0.05, 0.1, 0.2, 0.5, 0.8].map((p) => `${p} ${f1Of((i, label) => probabilities[i][label] >= p).toFixed(3)}`);
  const balanced = f1Of((i, label) => probabilities[i][label] >= own[label]);
  console.log(
    `COCO objects ${title}: macro F1 of the cuts of --balanced ${balanced.toFixed(3)}; at fixed probabilities ${fixed.join(', ')}`,
  );
}

/** Random halves: the cut of highest F1 on one, measured on the other. */
function meanOfHalves(cuts, f1) {
  let [sum, count] = [0, 0];
  for (let draw = 0; draw < 10; draw++) {
    const isFirst = (i) => (((i + 1) * 2654435761 + draw * 40503 * 65537) >>> 0) % 4096 < 2048;
    const halves = [true, false].map((first) => [...Array(79).keys()].filter((i) => isFirst(i) === first));
    for (const [chosenOn, measuredOn] of [halves, halves.toReversed()]) {
      const best = cuts.map((cut) => [f1(cut, chosenOn), cut]).sort((a, b) => b[0] - a[0])[0][1];
      sum += f1(best, measuredOn);
      count++;
    }
  }
  return sum / count;
}

function wordsFor(names) {
  return vocabulary.against(names).map((place) => vocabulary.vectors[place]);
}

function macroF1(labels) {
  const present = labels.filter((pairs) => pairs.some(([, isShown]) => isShown));
  const f1 = (pairs) =>
    (2 * pairs.filter(([given, shown]) => given && shown).length) /
    pairs.reduce((sum, [given, shown]) => sum + Number(given) + Number(shown), 0);
  return present.reduce((sum, pairs) => sum + f1(pairs), 0) / present.length;
}

/** Decisions over stored similarities, beside plain tagging, in turns. */
function measureSpeed() {
  const images = 2000;
  const labels = Array.from({ length: 1000 }, (_, i) => words[i]);
  const embeddings = toMatrix(Array.from({ length: images }, (_, i) => sets.tiny.embeddings[i]));
  const test = createLabelTest(labels, vocabulary.vectors.slice(0, 100), { logitScale, minProbability: 0.8, topK: 5 });
  const plain = { columns: toMatrix(labels), decide: tagDecision(1000, { ...raw, minProbability: 0.5, topK: 5 }) };
  const times = { plain: [], decisions: [] };
  for (let round = 0; round < 7; round++)
    for (const [name, { columns, decide }] of Object.entries({ plain, decisions: test })) {
      const similarities = multiply(embeddings, columns);
      const from = performance.now();
      for (let i = 0; i < images; i++) decide(similarities.subarray(i * columns.rows, (i + 1) * columns.rows));
      times[name].push(performance.now() - from);
    }
  const median = (values) => values.toSorted((a, b) => a - b)[3];
  console.log(
    `\n${images} images x 1,000 labels, without the product: ${Object.entries(times)
      .map(([name, values]) => `${name} ${median(values).toFixed(0)} ms`)
      .join(', ')}; columns ${test.columns.rows}`,
  );
}

/** The calibration error of each set, fitted on the others: of the raw value, the figure less its bias, and the interval of `eval`. */
async function measureCalibration() {
  const fitOn = await embedForCalibration(encoder, sets);
  const groups = {
    'Tiny-ImageNet': ['tiny'],
    'Caltech-101': ['caltech', 'caltech-train'],
    'CIFAR-10': ['cifar10'],
    ImageNet: ['imagenet'],
  };
  console.log('\n| data | images | raw | a temperature | bent | doubting | the value shipped |\n|---|---|---|---|---|---|---|');
  for (const [name, held] of Object.entries(groups)) {
    const others = fitOn.filter((set) => set.name !== held[0]).map(scoresOf);
    const fitted = ['temperature', 'bend', 'doubt'].map((form) => fitSoftmax(others, form));
    const rules = [undefined, ...fitted, calibrations?.[0]?.softmax].map((softmax) => ({
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
