import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { createProgress } from '../../dist/cli/render/progress.js';
import type { CliIo } from '../../dist/local/io.js';
import { type CliResult, cli, MAIN } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { index, putFile, tinyPng } from '../fixtures/photo-folder.js';

const folder = temporaryFolder();
const db = temporaryFolder();
const run = (...args: string[]): Promise<CliResult> => cli([...args, '--db', db], { cwd: folder });

beforeAll(async () => {
  for (const name of ['a b.png', 'ü.png', 'new\nline.png']) putFile(join(folder, name), tinyPng(name));
  await index(db, folder);
});

describe('search prints paths alone', () => {
  test('--paths has one on each line, and the notes stay on stderr', async () => {
    const { stdout, stderr } = await run('search', '--in', '.', '--sort', 'date', '--paths');
    expect(stdout.split('\n').sort()).toEqual(['', join(folder, 'a b.png'), join(folder, 'new'), 'line.png', join(folder, 'ü.png')].sort());
    expect(stderr).toContain('without a date');
  });

  test('-0 ends each with a NUL, so that any name arrives whole', async () => {
    const { stdout } = await run('search', '--in', '.', '-0');
    expect(stdout.split('\0').sort()).toEqual(['', ...['a b.png', 'new\nline.png', 'ü.png'].map((name) => join(folder, name))]);
  });

  test.skipIf(process.platform !== 'linux')('a name that is no UTF-8 keeps its bytes', async () => {
    const [photos, own] = [temporaryFolder(), temporaryFolder()];
    putFile(Buffer.concat([Buffer.from(`${photos}/`), Buffer.from([0xe9]), Buffer.from('.png')]), tinyPng('latin1'));
    await index(own, photos);
    const output = execFileSync(process.execPath, [MAIN, 'search', '--min-width', '1', '-0', '--db', own]);
    expect(output.subarray(photos.length + 1).toString('latin1')).toBe('\xe9.png\0');
  });

  test('beside another format it is refused', async () => {
    expect(await run('search', '--in', '.', '--paths', '--json')).toMatchObject({ code: 2, stdout: '' });
  });
});

test.skipIf(process.platform === 'win32')('--open writes a page and gives it to the browser', async () => {
  const browser = join(folder, 'browser.sh');
  const seen = join(folder, 'seen.txt');
  mkdirSync(folder, { recursive: true });
  writeFileSync(browser, `#!/bin/sh\nprintf %s "$1" > '${seen}.part' && mv '${seen}.part' '${seen}'\n`);
  chmodSync(browser, 0o755);
  const { code, stderr } = await cli(['search', '--in', '.', '--open', '--db', db], { cwd: folder, env: { BROWSER: browser } });
  const page = /page: (.*)\n/.exec(stderr)?.[1] as string;
  expect([code, existsSync(page)]).toEqual([0, true]);
  await expect.poll(() => existsSync(seen)).toBe(true);
  expect(readFileSync(seen, 'utf8')).toBe(page);
  for (const words of [`${browser} %s --new-window`, `sh ${browser}`]) {
    rmSync(seen);
    const again = await cli(['search', '--in', '.', '--open', '--db', db], { cwd: folder, env: { BROWSER: words } });
    await expect.poll(() => existsSync(seen)).toBe(true);
    expect(again.stderr).toContain(`page: ${readFileSync(seen, 'utf8')}\n`);
  }
  const missing = await cli(['search', '--in', '.', '--open', '--db', db], { cwd: folder, env: { BROWSER: '/nowhere/browser' } });
  expect([missing.code, missing.stderr]).toEqual([0, expect.stringContaining('No browser could be started')]);
});

describe('labelwise completion', () => {
  const script = (shell: string): string => `${ROOT}data/completions/labelwise.${shell}`;
  const hasShell = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

  test.each(['bash', 'zsh', 'fish'])('prints the script for %s', async (shell) => {
    expect((await cli(['completion', shell])).stdout).toBe(readFileSync(script(shell), 'utf8'));
  });

  test.skipIf(!hasShell('bash'))('bash completes commands, subcommands, flags and their values (skipped without bash)', () => {
    const complete = (...words: string[]): string[] => {
      const code = `source ${script('bash')}; COMP_WORDS=(labelwise "$@"); COMP_CWORD=$#; _labelwise; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', code, 'bash', ...words], { cwd: folder, encoding: 'utf8' })
        .trim()
        .split('\n');
    };
    expect(complete('sea')).toEqual(['search']);
    expect(complete('index', 'mi')).toEqual(['migrate']);
    expect(complete('search', '--near', '1,2', '--wit')).toEqual(['--without', '--within']);
    expect(complete('search', '--sort', '')).toEqual(['similarity', 'date']);
    expect(complete('classify', 'a')).toEqual(['a b.png']);
    expect(complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test.skipIf(!hasShell('fish'))('fish completes them too (skipped without fish)', () => {
    const complete = (line: string): string[] =>
      execFileSync('fish', ['-N', '-c', `source ${script('fish')}; complete -C ${JSON.stringify(line)}`], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((row) => row.split('\t')[0] as string);
    expect(complete('labelwise sea')).toContain('search');
    expect(complete('labelwise index mi')).toContain('migrate');
    expect(complete('labelwise completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(complete('labelwise search --sort ')).toEqual(expect.arrayContaining(['date', 'similarity']));
  });

  /** A terminal in which zsh completes each line, as a person's does. */
  const ZSH = `
zmodload zsh/zpty
cp $1 $ZDOTDIR/_labelwise; shift
cat > $ZDOTDIR/.zshrc <<'END'
PS1=; unset zle_bracketed_paste; fpath=($ZDOTDIR $fpath); autoload -Uz compinit; compinit -u -D
show() { print -r -- "got<$BUFFER>"; BUFFER=; zle accept-line }; zle -N show; bindkey '^X' show; print ready
END
zpty terminal zsh -d -i
zpty -r -m terminal line '*ready*'
for text; do zpty -n -w terminal "$text"$'\\t\\x18'; zpty -r -m terminal line '*got<*>*'; print -r -- \${\${line##*got<}%%>*}; done`;

  test.skipIf(!hasShell('zsh'))('zsh completes them too (skipped without zsh)', () => {
    const complete = (...lines: string[]): string[] =>
      execFileSync('zsh', ['-f', '-c', ZSH, 'zsh', script('zsh'), ...lines], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, TERM: 'dumb', ZDOTDIR: temporaryFolder() },
      })
        .trim()
        .split(/ *\n/);
    const lines = [
      'labelwise sea',
      'labelwise index mi',
      'labelwise search --sort d',
      'labelwise search --near 1,2 --withi',
      'labelwise classify a',
    ];
    expect(complete(...lines)).toEqual([
      'labelwise search',
      'labelwise index migrate',
      'labelwise search --sort date',
      'labelwise search --near 1,2 --within',
      'labelwise classify a\\ b.png',
    ]);
  });
});

test('without a terminal there is a line now and then with a total, a rate and the time left, and none with --quiet', () => {
  const lines: string[] = [];
  const write: Writable['_write'] = (chunk, _encoding, done) => {
    lines.push(`${chunk}`);
    done();
  };
  const stderr = Object.assign(new Writable({ write }), { isTTY: false });
  const io = { stderr } as unknown as CliIo;
  const progress = createProgress(io, 'images', { isQuiet: false, unit: 'count', everyMs: 0 });
  progress.update(1200, 50_000);
  progress.update(1300, undefined);
  createProgress(io, 'images', { isQuiet: true, unit: 'count', everyMs: 0 }).update(1, 2);
  createProgress(io, 'images', { isQuiet: false, unit: 'count' }).update(1, 2);
  expect(lines).toEqual([
    expect.stringMatching(/^images: 1,200 of 50,000, [\d.]+\/s, \d+ .* left\n$/),
    expect.stringMatching(/^images: 1,300, [\d.]+\/s\n$/),
  ]);
});

test("the help has a person's options first, and how the model runs below", async () => {
  const { stdout } = await cli(['search', '--help']);
  const at = (text: string): number => stdout.indexOf(text);
  expect(at('\nOptions:')).toBeLessThan(at('--near'));
  expect(at('--near')).toBeLessThan(at('\nModel options:'));
  expect(at('\nModel options:')).toBeLessThan(at('--dtype'));
  expect(at('--dtype')).toBeLessThan(at('\nGeneral options:'));
});
