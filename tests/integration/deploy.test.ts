import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderQueueMetrics } from '../../dist/jobs/queue-metrics.js';
import { createApp } from '../../dist/server/create-app.js';
import { createService } from '../../dist/server/service.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const read = (name: string): string => readFileSync(join(ROOT, 'deploy', name), 'utf8');

test('every figure of the dashboard is one that the service gives', async () => {
  const workspace = openWorkspace({
    db: temporaryFolder(),
    cwd: ROOT,
    home: temporaryFolder(),
    hub: { endpoint: '', offline: true },
  } as never);
  const service = createService(workspace);
  const figures = await (await createApp(service).request('/metrics')).text();
  await service.close();
  await workspace.close();
  const { panels } = JSON.parse(read('grafana-dashboard.json')) as { panels: { title: string; targets: { expr: string }[] }[] };
  expect(panels.length).toBeGreaterThan(8);
  const given = new Map([...figures.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  for (const { title, targets } of panels)
    for (const { expr } of targets)
      for (const [name] of expr.matchAll(/\b(?:labelwise|process|nodejs)_[a-z0-9_]+/g)) {
        const base = name.replace(/_(?:bucket|count|sum)$/, '');
        expect(given.get(base) === 'histogram' || given.has(name), `${title}: ${name}`).toBe(true);
      }
});

test('every figure of the dashboard of workers is one that `queue metrics` gives', () => {
  const counts = { waiting: 1, active: 2, delayed: 3, failed: 4, workers: 5 };
  const figures = renderQueueMetrics({ ...counts, commits: new Map([['s3://b/"x"', 6]]), retries: new Map([['s3://b/y', 1]]) });
  expect(figures).toContain('labelwise_commits_total{db="s3://b/\\"x\\""} 6');
  expect(figures).toContain('labelwise_commit_retries_total{db="s3://b/y"} 1');
  const { panels } = JSON.parse(read('grafana-workers.json')) as { panels: { title: string; targets: { expr: string }[] }[] };
  const given = new Set([...figures.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const states = new Set([...figures.matchAll(/state="(\w+)"/g)].map(([, state]) => state));
  expect(panels.length).toBeGreaterThan(4);
  for (const { title, targets } of panels)
    for (const { expr } of targets) {
      for (const [name] of expr.matchAll(/\blabelwise_[a-z0-9_]+/g)) expect(given.has(name), `${title}: ${name}`).toBe(true);
      for (const [, some = ''] of expr.matchAll(/state=~?"([^"]+)"/g))
        for (const state of some.split('|')) expect(states.has(state), `${title}: ${state}`).toBe(true);
    }
});

test('the files name settings that exist, and no user that may do everything', () => {
  const settings = readFileSync(join(ROOT, 'docs/reference/settings.md'), 'utf8');
  for (const file of ['Dockerfile', 'labelwise.service']) {
    const variables = [...read(file).matchAll(/\bLABELWISE_[A-Z_]+/g)].map(([name]) => name);
    expect(variables.length).toBeGreaterThan(1);
    for (const name of variables) expect(settings, `${file}: ${name}`).toContain(`\`${name}\``);
  }
  expect(read('Dockerfile')).toMatch(/^USER node$/m);
  expect(read('Dockerfile')).toMatch(/^HEALTHCHECK [\s\S]*readyz/m);
  expect(read('labelwise.service')).toMatch(/^DynamicUser=yes$/m);
});
