import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, ROOT } from './processes.mjs';

const seconds = (value) => (value < 0.1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(2)} s`);
const table = (head, rows) =>
  [`| ${head.join(' | ')} |`, `|${head.map(() => '---|').join('')}`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
const NAMES = { b32: 'ViT-B/32', l14: 'ViT-L/14' };

/** docs/reference/benchmarks.md: ratios first, absolute figures after. */
export function writePage({ machine, pocket, stages, labels, start, startAgainst, memory, models }) {
  const busiest = pocket.runs.toSorted((a, b) => a.imagesPerSecond - b.imagesPerSecond)[Math.floor(pocket.runs.length / 2)];
  const parts = [
    `# Benchmarks\n\nOn ${machine}. Written by \`npm run bench\` (benchmarks/run.mjs says what it needs); raw figures are in benchmarks/results.json. Machines differ and are shared, so compare only ratios of one run. All of it is ONNX Runtime; [Speed](../guides/speed.md#engines) has OpenVINO, which labelwise takes where it is installed, bfloat16 and int8, and what later work gained.`,
    ...Object.entries(models).map(([name, programs]) => modelPart(name, programs)),
    `## The embedded model\n\nFrom file to embedding: **${pocket.median.toFixed(0)} images/s** (${pocket.runs.map((run) => run.imagesPerSecond.toFixed(0)).join(', ')}), with ${(100 * median(pocket.runs.map((run) => run.busy))).toFixed(0)} % of the cores' time in use, peak memory ${median(pocket.runs.map((run) => run.peakMb)).toFixed(0)} MB.`,
    `Use of all cores in that run, one sample every 250 ms, in per cent:\n\n    ${busiest.timeline.join(' ')}`,
    table(
      ['stage, one photo', 'median', 'range', 'processor time'],
      Object.entries(stages.stages).map(([name, s]) => [
        name,
        seconds(s.median),
        `${seconds(s.least)} to ${seconds(s.most)}`,
        seconds(s.processor),
      ]),
    ),
    `On all cores without a pause, the first three stages would take ${seconds(stages.limit)} per photo. The run takes ${stages.wholeAgainstLimit.toFixed(2)} x that.`,
    table(
      ['labels, pocket', 'time'],
      Object.entries(labels).map(([name, s]) => [name, seconds(s.median)]),
    ),
    `## From process start to answer\n\n${table(
      ['what', 'time'],
      Object.entries(start).map(([name, value]) => [name, seconds(value)]),
    )}`,
    ...(startAgainst ? [startPart(startAgainst)] : []),
    `## Memory\n\n${memory.count.toLocaleString('en')} photos of mixed sizes, one in 40 of 12 megapixels and one in 400 of 50, through a tiny model: peak ${memory.peakMb} MB, of which ${memory.baseMb} MB are in use before the first image. Resident memory along the run, in MB:\n\n    ${memory.rss.join(' ')}`,
  ];
  writeFileSync(join(ROOT, 'docs/reference/benchmarks.md'), `${parts.join('\n\n')}\n`);
}

/** What compare-start.mjs measured. */
function startPart({ name, rounds, jobs }) {
  const cell = ({ before, now, ratio }) =>
    `${ratio.mean.toFixed(2)} x (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}; ${(1000 * before).toFixed(0)} ms and ${(1000 * now).toFixed(0)} ms)`;
  const rows = jobs.map(({ what, wall, processor }) => [what, cell(processor), cell(wall)]);
  return `Beside build ${name}, ${rounds} pairs in turn: the geometric mean of the ratios with its 95 % interval, and the medians of that build and of this one (benchmarks/compare-start.mjs).\n\n${table(['what', 'processor time', 'wall time'], rows)}`;
}

function modelPart(name, programs) {
  const base = programs['transformers.js fp32'] ?? programs['labelwise fp32'];
  const rows = Object.entries(programs).map(([program, p]) => [
    program,
    `${(p.median / base.median).toFixed(2)} x`,
    `${p.median.toFixed(1)} (${p.least.toFixed(1)} to ${p.most.toFixed(1)})`,
    p.busy === undefined ? '' : `${(100 * p.busy).toFixed(0)} %`,
    `${(1000 * p.cpuSecondsPerImage).toFixed(0)} ms`,
    seconds(p.loadSeconds),
    `${p.peakMb.toFixed(0)} MB`,
  ]);
  const own = programs['labelwise fp32'];
  return `## ${NAMES[name] ?? name}, random weights, from file to embedding\n\n${table(['program', 'ratio', 'images/s, median (range)', 'cores in use', 'processor time per image', 'load', 'peak memory'], rows)}\n\nUse of all cores by labelwise fp32, one sample every 250 ms, in per cent:\n\n    ${own.timeline.slice(0, 40).join(' ')}`;
}
