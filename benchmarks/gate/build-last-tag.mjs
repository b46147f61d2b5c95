import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../processes.mjs';

/** Builds the last release, the newest tag v*, in a folder of its own; undefined, with a word why, if there is none. */
export function buildLastTag(scratch) {
  const { stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*'], { cwd: ROOT, encoding: 'utf8' });
  const tag = stdout?.trim();
  if (!tag) {
    console.error('There is no tag v* to compare with. Name an earlier build with --baseline FOLDER.');
    return undefined;
  }
  const folder = join(scratch, tag);
  mkdirSync(folder);
  const run = (command, args, options) => {
    const { status, stderr, stdout: output } = spawnSync(command, args, { cwd: folder, maxBuffer: 2 ** 30, ...options });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    return output;
  };
  run('tar', ['-x'], { input: run('git', ['archive', tag], { cwd: ROOT }) });
  run('npm', ['ci', '--no-audit', '--no-fund'], { env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } });
  run('npm', ['run', 'build']);
  return folder;
}
