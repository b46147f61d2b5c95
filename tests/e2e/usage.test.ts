import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cli, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';
import { CAT, write } from '../fixtures/pictures.js';

const PETS = ['--labels', 'cat, dog'];

describe('a command line that cannot be understood exits with 2, nothing on stdout, and says why', () => {
  test.each([
    [['clasify', CAT], /unknown command 'clasify'\n\(Did you mean classify\?\)/],
    [['labels', 'serch'], /unknown command 'serch'\n\(Did you mean search\?\)/],
    [['classify', CAT, ...PETS, '--jsn'], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
    [['classify'], /missing required argument 'images'/],
    [['classify', CAT, ...PETS, '--json', '--csv'], /Expected one of --json, --ndjson and --csv, got --json and --csv/],
    [['classify', CAT, ...PETS, '--top-k', '0'], /Expected --top-k to be a whole number from 1, got "0"\./],
    [['classify', CAT, ...PETS, '--top-k', 'many'], /Expected --top-k to be a whole number from 1, got "many"\./],
    [['classify', CAT, ...PETS, '--top-k', '2.5'], /Expected --top-k to be a whole number/],
    [['classify', CAT, ...PETS, '--batch-size', '-1'], /Expected --batch-size to be a whole number from 1 to 1024, got "-1"/],
    [['classify', CAT, ...PETS, '--threads', '0'], /Expected --threads to be a whole number/],
    [['classify', CAT, ...PETS, '--device', 'tpu'], /Allowed choices are auto, cpu, cuda/],
    [['classify', CAT, ...PETS, '--dtype', 'fp64'], /Allowed choices are .*fp16/],
    [['labels', 'search', 'pets', CAT, '--limit', '0'], /Expected --limit to be a whole number from 1, got "0"/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('settings come from flags, then the environment, then labelwise.config.json', () => {
  const counts = async (cwd: string, env: Record<string, string>, ...flags: string[]): Promise<number> => {
    const { stdout } = await cli(['classify', CAT, '--label-set', 'cifar10', '--json', ...flags], {
      cwd,
      env: { LABELWISE_MODEL: CLIP_TINY, ...env },
    });
    return JSON.parse(stdout)[0].predictions.length;
  };

  test('the nearer one wins', async () => {
    const folder = temporaryFolder();
    expect(await counts(folder, {})).toBe(5);
    write(folder, 'labelwise.config.json', '{ "topK": 2 }');
    expect(await counts(folder, {})).toBe(2);
    expect(await counts(folder, { LABELWISE_TOP_K: '3' })).toBe(3);
    expect(await counts(folder, { LABELWISE_TOP_K: '3' }, '--top-k', '4')).toBe(4);
  });

  test.each([
    [
      'a file with an unknown setting',
      '{ "topk": 2 }',
      {},
      /labelwise\.config\.json has the setting "topk", which does not exist\.\nhint: Did you mean "topK"\?/,
    ],
    ['a file that is not JSON', '{ topK', {}, /labelwise\.config\.json cannot be read/],
    ['a variable with a bad value', '{}', { LABELWISE_TOP_K: 'x' }, /Expected LABELWISE_TOP_K to be a whole number from 1, got "x"\./],
  ])('%s is refused by name', async (_name, content, env, message) => {
    const folder = temporaryFolder();
    write(folder, 'labelwise.config.json', content);
    const { code, stderr } = await cli(['classify', CAT, ...PETS], { cwd: folder, env });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('the program as it is run', () => {
  test('--help names each command and the exit codes', async () => {
    const { code, stdout } = await spawnCli(['--help']);
    expect(code).toBe(0);
    for (const command of ['classify', 'embed', 'inspect', 'labels', 'models']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).toContain('Exit codes: 0 done, 2 usage');
  });

  test('--version is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
    expect(await spawnCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('it classifies, writes nothing but data, and ends', async () => {
    const { code, stdout, stderr } = await spawnCli(['classify', CAT, ...PETS, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)[0].predictions[0].label).toBe('cat');
  });

  test('without a command it prints its help and exits with 2', async () => {
    const { code, stderr } = await spawnCli([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Start here:');
  });
});
