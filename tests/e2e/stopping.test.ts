import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli, MAIN, type RowJson, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ASTRONAUT, CAT } from '../fixtures/pictures.js';

const FLAGS = ['--labels', 'cat, dog, red panda', '--ndjson'];
const MANY = 400;

describe.skipIf(process.platform === 'win32')('stopping a run over a folder', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
    for (let i = 0; i < MANY; i++) copyFileSync(ASTRONAUT, join(folder, `${i}.jpg`));
  });

  async function stopWith(signal: 'SIGINT' | 'SIGTERM', ...flags: string[]): Promise<{ result: CliResult; seconds: number }> {
    let stoppedAt = 0;
    const result = await spawnCli(['classify', folder, ...FLAGS, ...flags], {
      meanwhile: (child) =>
        child.stdout.once('data', () => {
          stoppedAt = performance.now();
          child.kill(signal);
        }),
    });
    return { result, seconds: (performance.now() - stoppedAt) / 1000 };
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it soon with exit code 130, and stdout has whole lines alone', async (signal) => {
    const { result, seconds } = await stopWith(signal);
    expect(result.code).toBe(130);
    expect(seconds).toBeLessThan(5);
    expect(result.stdout.endsWith('\n')).toBe(true);
    const rows = result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RowJson);
    expect(rows.length).toBeLessThan(MANY);
    for (const row of rows) expect(row.predictions).toHaveLength(3);
    expect(result.stderr).toContain('error: Stopped before the work was done.');
  });

  test('Ctrl-C while labels are encoded ends it too, and keeps whole embeddings alone', async () => {
    const db = temporaryFolder();
    const args = ['classify', CAT, '--label-set', 'imagenet-1k', '--template-set', 'imagenet-80', '--cache-folder', db];
    const startedAt = performance.now();
    const { code, stdout } = await spawnCli(args, { meanwhile: (child) => setTimeout(() => child.kill('SIGINT'), 2500) });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect((await cli(['cache', 'show', '--json', '--cache-folder', db])).stdout).toBe('[]\n'); // not one label's 80 prompts were done
  });

  test('a reader that has had enough (| head -1) ends it without an error', async () => {
    const shell = spawn('bash', [
      '-c',
      `"$0" "$@" | head -1; echo "exit \${PIPESTATUS[0]}"`,
      process.execPath,
      MAIN,
      'classify',
      folder,
      ...FLAGS,
    ]);
    const [out, err]: [string[], string[]] = [[], []];
    shell.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
    shell.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
    await new Promise((resolve) => shell.on('close', resolve));
    const [line, exit] = out.join('').trimEnd().split('\n');
    expect((JSON.parse(line as string) as RowJson).predictions).toHaveLength(3);
    expect(exit).toBe('exit 0');
    expect(err.join('')).toBe('');
  });
});
