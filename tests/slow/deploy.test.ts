import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { writeKubernetesSchemas } from '../fixtures/kubernetes-schemas.js';
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
  ['canary.enabled=true', 'canary.takesTraffic=true', 'metrics.enabled=false'],
  ['endpoint=http://minio:9000', 'storageOptions.allowHttp=true', 'credentialsSecret=keys'],
];

test.skipIf(helm === undefined).each(SETS)('the chart renders with %s, and each part names the database and the queue', (...sets) => {
  const text = render(...sets.filter((set) => set !== undefined));
  const parts = parseAllDocuments(text).map((one) => one.toJS() as { kind: string; metadata: { name: string } });
  expect(parts.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
    expect.arrayContaining(['Deployment fleet-worker', 'CronJob fleet-plan', 'Deployment fleet-serve', 'Service fleet-serve']),
  );
  expect(parts.some(({ kind }) => kind === 'ScaledObject')).toBe(!sets.includes('workers.keda=false'));
  const hasCanary = sets.includes('canary.enabled=true');
  expect(parts.some(({ metadata }) => metadata.name === 'fleet-canary')).toBe(hasCanary);
  expect(text.match(/s3:\/\/library\/db/g)?.length).toBe(4);
  expect(text.match(/redis:\/\/queue:6379/g)?.length).toBe(hasCanary ? 2 : 3); // that set has no metrics
});

describe.skipIf(helm === undefined || kubeconform === undefined)('what the chart renders', () => {
  const schemas = helm === undefined || kubeconform === undefined ? undefined : writeKubernetesSchemas();
  const check = (input: string): { readonly summary: string; readonly status: number | null } => {
    const location = `${schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`;
    const { stdout, status } = spawnSync(kubeconform as string, ['-strict', '-summary', '-schema-location', location], {
      input,
      encoding: 'utf8',
    });
    return { summary: stdout, status };
  };

  test.skipIf(schemas === undefined).each(SETS)('is what Kubernetes and KEDA accept, with %s', (...sets) => {
    const { summary, status } = check(render(...sets.filter((set) => set !== undefined)));
    expect([summary, status]).toEqual([expect.stringMatching(/Invalid: 0, Errors: 0, Skipped: 0/), 0]);
  });

  test.skipIf(schemas === undefined)('is refused where a field is misspelt or of the wrong type', () => {
    const text = render();
    for (const [right, wrong] of [
      ['maxReplicaCount', 'maxReplicas'],
      ['concurrencyPolicy', 'concurrency'],
      ['containerPort: 8080', 'containerPort: "8080"'],
      ['averageUtilization', 'averageUse'],
    ] as const) {
      expect(text).toContain(right);
      expect(check(text.replace(right, wrong)).status, wrong).toBe(1);
    }
  });
});

test('the compose file starts a safe store, a queue that keeps jobs, and what labelwise has', () => {
  const { services } = parse(readFileSync(`${ROOT}deploy/docker-compose.yml`, 'utf8'), { merge: true }) as {
    services: Record<string, { command?: string[]; environment?: Record<string, string>; volumes?: string[] }>;
  };
  expect(services.store?.command).not.toContain('--nometa');
  // versitygw's buckets are the folders of its data: those that labelwise is told of have to be there
  const buckets = services.store?.volumes?.map((volume) => /:\/data\/([^:]+)/.exec(volume)?.[1]);
  expect(buckets).toEqual(['library', 'photos']);
  expect(services.plan?.command).toContain('s3://photos');
  expect(services.queue?.command).toEqual(expect.arrayContaining(['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']));
  for (const name of ['worker', 'serve', 'plan']) {
    expect(services[name]?.environment).toMatchObject({ LABELWISE_DB: 's3://library/db' });
    expect(() => JSON.parse(services[name]?.environment?.LABELWISE_STORAGE_OPTIONS ?? '')).not.toThrow();
  }
});
