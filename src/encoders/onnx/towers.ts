import { join } from 'node:path';
import { opensUnpacked } from '../../checkpoints/families.js';
import type { Manifest } from '../../checkpoints/manifest.js';
import { closedError } from '../../errors.js';
import type { PreparedGraphs } from '../../graphs/prepare-graphs.js';
import { type Fallback, FallbackSessions } from '../engines/fallback-sessions.js';
import type { DeviceChoice, ModelSource, RunResult, SessionInfo, SessionSettings, TensorMessage } from '../engines/protocol.js';
import { SessionHost, type Sessions } from '../engines/session-host.js';
import { type InputName, readSignature, type Signature } from './signature.js';

/** One side of a dual encoder, ready to run. */
export interface Tower {
  readonly signature: Signature;
  /** Runs the graph and gives the named outputs. */
  run(feeds: Record<string, TensorMessage>, outputs?: readonly string[]): Promise<RunResult>;
}

type Side = 'image' | 'text';

/** Both sides of a checkpoint, each opened when it is first asked for; a joint graph is opened once. */
export interface Towers {
  readonly image: () => Promise<Tower>;
  readonly text: () => Promise<Tower>;
  /** Where the sessions run; known once one is open. */
  readonly device: () => DeviceChoice | undefined;
  close(): Promise<void>;
}

/** What the towers run with. `fallback` says what becomes of a fault of OpenVINO. */
export interface TowerSettings extends SessionSettings {
  readonly fallback?: Fallback | undefined;
}

export function openTowers(manifest: Manifest, settings: TowerSettings, prepare: () => Promise<PreparedGraphs>): Towers {
  const { model, folder } = manifest;
  const { fallback, ...sessionSettings } = settings;
  let host: Sessions | undefined;
  let isClosed = false;
  let choice: DeviceChoice | undefined;
  let prepared: Promise<PreparedGraphs> | undefined;
  const opened = new Map<string, Promise<SessionInfo>>();

  function openOnce(label: string, source: () => Promise<ModelSource>): Promise<SessionInfo> {
    const known = opened.get(label);
    if (known) return known;
    const session = source().then((found) => {
      if (isClosed) throw closedError();
      host ??= fallback ? new FallbackSessions(fallback) : SessionHost.start();
      return host.open(found, label, sessionSettings);
    });
    opened.set(label, session);
    return session;
  }

  async function sourceOf(side: Side): Promise<ModelSource> {
    prepared ??= prepare();
    const graphs = await prepared;
    const isUnpacked = opensUnpacked(manifest.modelType, settings.threads) && manifest.dtype !== 'int8';
    return { graph: graphs[side], dataFolder: graphs.dataFolder, dataFiles: graphs.dataFiles, isUnpacked };
  }

  function lazyTower(side: Side): () => Promise<Tower> {
    let tower: Promise<Tower> | undefined;
    const open = async (): Promise<Tower> => {
      const file = model.kind === 'split' ? model[side] : model.kind === 'joint' ? model.model : undefined;
      const label = file ?? `the ${side} tower of ${manifest.name}`;
      const info = await openOnce(label, async () => (file === undefined ? sourceOf(side) : join(folder, file)));
      choice = info.device;
      const own = readSignature(info, side, label);
      const signature = manifest.isBatchInvariant ? own : { ...own, fixedBatch: own.fixedBatch ?? 1 };
      return {
        signature,
        run: (feeds, outputs = [signature.output]) => runNamed({ host: host as Sessions, info, signature }, feeds, outputs),
      };
    };
    return () => {
      tower ??= open();
      return tower;
    };
  }

  async function close(): Promise<void> {
    isClosed = true;
    await host?.close();
  }

  return { image: lazyTower('image'), text: lazyTower('text'), device: () => choice, close };
}

/** Runs a graph whose inputs may have other names than ours. */
async function runNamed(
  { host, info, signature }: { readonly host: Sessions; readonly info: SessionInfo; readonly signature: Signature },
  feeds: Record<string, TensorMessage>,
  outputs: readonly string[],
): Promise<RunResult> {
  const renamed = Object.entries(signature.names);
  if (renamed.length === 0) return host.run(info.session, feeds, outputs);
  const named = Object.entries(feeds).map(([name, feed]) => [signature.names[name as InputName] ?? name, feed]);
  const { spent, ...result } = await host.run(info.session, Object.fromEntries(named), outputs);
  const back = renamed.map(([ours, theirs]) => [ours, spent[theirs]]);
  return { ...result, spent: { ...spent, ...Object.fromEntries(back) } };
}
