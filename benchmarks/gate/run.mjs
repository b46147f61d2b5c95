/**
 * What a release is held to, in one table: parity with Python, accuracy on the data at hand, and speed, beside an earlier build.
 *
 *   npm run gate -- --baseline FOLDER   an unpacked package or checkout, built, with its dependencies; by default the last tag v*, built in a temporary folder
 *   --rounds N                          rounds of the speed measurements, both builds in turn in each (default: 20)
 *   LABELWISE_DATA=FOLDER               imagenet-sample, caltech101, cifar10; those that are missing are left out
 *
 * Ends with 1 if a row fails.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { jsonOf, ROOT } from '../processes.mjs';
import { buildLastTag } from './build-last-tag.mjs';
import { measureSpeed } from './measure-speed.mjs';

const { values: flags } = parseArgs({ options: { baseline: { type: 'string' }, rounds: { type: 'string', default: '20' } } });
const scratch = mkdtempSync(join(tmpdir(), 'labelwise-gate-'));
const data = process.env.LABELWISE_DATA ?? join(ROOT, '../shared/data');

try {
  const baseline = flags.baseline === undefined ? buildLastTag(scratch) : resolve(flags.baseline);
  if (baseline && !existsSync(join(baseline, 'dist/bin/labelwise.js')))
    throw new Error(`${baseline} holds no build (dist/bin/labelwise.js).`);
  const rows = [...compareResults(baseline), ...compareSpeed(baseline)];
  console.log(tableOf(rows));
  process.exitCode = rows.some(({ verdict }) => verdict === 'FAILS') ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function compareResults(baseline) {
  const measure = (build) => jsonOf('benchmarks/gate/measure-build.mjs', [build, data]);
  const [now, before] = [measure(ROOT), baseline && measure(baseline)];
  const parity = Object.entries(now.parity).map(([model, cosine]) => ({
    what: `parity with Python, lowest cosine: ${model}`,
    before: before?.parity[model]?.toFixed(6),
    now: cosine.toFixed(6),
    limit: '>= 0.99999',
    verdict: cosine >= 0.99999 ? 'ok' : 'FAILS',
  }));
  const accuracy = Object.entries(now.accuracy).map(([set, top1]) => {
    const earlier = before?.accuracy[set];
    const verdict = earlier === undefined ? 'not compared' : top1 >= earlier - 0.005 ? 'ok' : 'FAILS';
    return { what: `top-1 accuracy: ${set}`, before: earlier?.toFixed(3), now: top1.toFixed(3), limit: '>= before - 0.005', verdict };
  });
  return [...parity, ...accuracy];
}

function compareSpeed(baseline) {
  return measureSpeed({ baseline, scratch, rounds: Number(flags.rounds) }).map(({ what, before, now, ratio }) => ({
    what: `${what}, seconds`,
    before: before?.toFixed(3),
    now: now.toFixed(3),
    limit: 'ratio <= 1.03',
    // A machine that is busy gives a wide interval: only one that lies above the limit as a whole shows a slower build.
    ...(ratio && { ratio: `${ratio.median.toFixed(3)} (${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)})` }),
    verdict: !ratio ? 'not compared' : ratio.high <= 1.03 ? 'ok' : ratio.low > 1.03 ? 'FAILS' : 'unclear: more rounds',
  }));
}

function tableOf(rows) {
  const line = (cells) => `| ${cells.map((cell) => cell ?? '').join(' | ')} |`;
  const head = ['what', 'before', 'now', 'now / before, 95 %', 'limit', 'verdict'];
  const body = rows.map(({ what, before, now, ratio, limit, verdict }) => line([what, before, now, ratio, limit, verdict]));
  return [line(head), line(head.map(() => '---')), ...body].join('\n');
}
