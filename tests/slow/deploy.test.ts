import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../fixtures/paths.js';

const TOOLS = process.env.LABELWISE_TEST_TOOLS ?? join(homedir(), '.cache', 'labelwise-test-tools');

/** A program of the path, or one that Go builds now; undefined without either. */
function find(name: string, module: string): string | undefined {
  if (spawnSync(name, ['--help']).error === undefined) return name;
  const built = join(TOOLS, name);
  if (!existsSync(built))
    spawnSync('go', ['install', module], { env: { ...process.env, GOBIN: TOOLS }, timeout: 900_000, stdio: 'ignore' });
  if (existsSync(built)) return built;
  console.warn(`skipped: no ${name}, and Go could not build it`);
  return undefined;
}

const helm = find('helm', 'helm.sh/helm/v3/cmd/helm@v3.19.0');
const kubeconform = find('kubeconform', 'github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0');
const chart = `${ROOT}deploy/helm/labelwise`;
const render = (...sets: string[]): string => {
  const { stdout, stderr, status } = spawnSync(helm as string, ['template', 'fleet', chart, ...sets.flatMap((set) => ['--set', set])], {
    encoding: 'utf8',
  });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
};
const SETS = [
  [],
  ['workers.keda=false', 'workers.min=3'],
  ['endpoint=http://minio:9000', 'storageOptions.allowHttp=true', 'credentialsSecret=keys'],
];

test.skipIf(helm === undefined).each(SETS)('the chart renders with %s, and each part names the database and the queue', (...sets) => {
  const text = render(...sets.filter((set) => set !== undefined));
  const parts = parseAllDocuments(text).map((one) => one.toJS() as { kind: string; metadata: { name: string } });
  expect(parts.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
    expect.arrayContaining(['Deployment fleet-worker', 'CronJob fleet-plan', 'Deployment fleet-serve', 'Service fleet-serve']),
  );
  expect(parts.some(({ kind }) => kind === 'ScaledObject')).toBe(!sets.includes('workers.keda=false'));
  expect(text.match(/s3:\/\/library\/db/g)?.length).toBe(3);
  expect(text.match(/redis:\/\/queue:6379/g)?.length).toBe(2);
});

/** kubeconform asks the network for schemas; without it, the rendering alone is tested. */
test.skipIf(helm === undefined || kubeconform === undefined)('what the chart renders is valid, as far as schemas can be had', () => {
  const args = [
    '-strict',
    '-summary',
    '-skip',
    'ScaledObject',
    ...(process.env.KUBECONFORM_SCHEMAS ? ['-schema-location', process.env.KUBECONFORM_SCHEMAS] : []),
  ];
  const { stdout, stderr } = spawnSync(kubeconform as string, args, { input: render(), encoding: 'utf8' });
  if (/failed downloading schema|could not find schema/.test(stdout + stderr))
    return console.warn('the schemas of Kubernetes cannot be downloaded here');
  expect(stdout).toMatch(/Invalid: 0, Errors: 0/);
});

test('the compose file starts a safe store, a queue that keeps jobs, and what labelwise has', () => {
  const { services } = parse(readFileSync(`${ROOT}deploy/docker-compose.yml`, 'utf8'), { merge: true }) as {
    services: Record<string, { command?: string[]; environment?: Record<string, string> }>;
  };
  expect(services.store?.command).not.toContain('--nometa');
  expect(services.queue?.command).toEqual(expect.arrayContaining(['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']));
  for (const name of ['worker', 'serve', 'plan']) {
    expect(services[name]?.environment).toMatchObject({ LABELWISE_DB: 's3://library/db' });
    expect(() => JSON.parse(services[name]?.environment?.LABELWISE_STORAGE_OPTIONS ?? '')).not.toThrow();
  }
});
