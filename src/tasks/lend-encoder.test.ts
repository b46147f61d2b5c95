import { cpSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../../tests/fixtures/paths.js';
import { readSurroundings } from '../hub/surroundings.js';
import { lendEncoder, openWorkspace, type Workspace, type WorkspaceSettings } from './workspace.js';

const home = temporaryFolder();
const [here, there] = [temporaryFolder(), temporaryFolder()] as const;
cpSync(CLIP_TINY, join(here, 'clip'), { recursive: true });
cpSync(SIGLIP_TINY, join(there, 'clip'), { recursive: true });
const settings: WorkspaceSettings = {
  ...readSurroundings({ LABELWISE_HOME: home }),
  model: './clip',
  cwd: here,
  db: join(home, 'db'),
  cache: undefined,
};

/** A workspace like that of a service, and whether it lends its model to one with other settings. */
async function isLent(service: Workspace, other: Partial<WorkspaceSettings> = {}): Promise<boolean> {
  await using borrower = openWorkspace({ ...settings, ...other }, {}, lendEncoder(service));
  const encoder = await borrower.encoder();
  const isSame = encoder === (await service.encoder());
  if (!isSame) await encoder.encodeTexts(['it works by itself']);
  return isSame;
}

test('a model is lent where opening it again would give the same one', async () => {
  await using service = openWorkspace({ ...settings, readsNext: false });
  expect(await isLent(service)).toBe(true);
  expect(await isLent(service, { db: join(home, 'other'), readsNext: true })).toBe(true); // neither decides what the model is
  expect(await isLent(service, { batchSize: 2 })).toBe(false);
  expect(await isLent(service, { cwd: there })).toBe(false); // the same name, another folder
});

test('a model is not lent any more once it was calibrated or its files have changed', async () => {
  await using service = openWorkspace(settings);
  const { fingerprint } = (await service.encoder()).manifest;
  expect(await isLent(service)).toBe(true);
  const calibration = { templates: ['a photo of a {}.'], softmax: { scale: 1, knee: null, growth: 0 } };
  await mkdir(join(home, 'calibrations'), { recursive: true });
  await writeFile(join(home, 'calibrations', `${fingerprint}.json`), JSON.stringify({ fingerprint, calibrations: [calibration] }));
  expect(await isLent(service)).toBe(false);
  await using calibrated = openWorkspace(settings);
  await calibrated.encoder();
  expect(await isLent(calibrated)).toBe(true);
  cpSync(SIGLIP_TINY, join(here, 'clip'), { recursive: true });
  expect(await isLent(calibrated)).toBe(false);
});
