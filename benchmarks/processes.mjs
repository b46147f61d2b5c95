import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs a script in a process of its own and reads the JSON of its last line. */
export function jsonOf(script, args, command = process.execPath) {
  const { status, stdout, stderr } = spawnSync(command, [script, ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Seconds of one command line of labelwise, from process start to end. */
export function secondsOf(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['dist/bin/labelwise.js', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - started) / 1000;
}

/** Seconds of some work: the median of rounds. */
export async function timed(rounds, work) {
  const seconds = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work();
    seconds.push((performance.now() - started) / 1000);
  }
  return { median: median(seconds), least: Math.min(...seconds), most: Math.max(...seconds), rounds };
}
