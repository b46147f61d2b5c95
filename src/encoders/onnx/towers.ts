import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { opensUnpacked } from '../../checkpoints/families.js';
import type { Manifest } from '../../checkpoints/manifest.js';
import { closedError } from '../../errors.js';
import type { PreparedGraphs } from '../../graphs/prepare-graphs.js';
import { type Fallback, FallbackSessions } from '../engines/fallback-sessions.js';
import { hasGraphicsCard } from '../engines/onnxruntime/graphics-card.js';
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

interface OpenedGraph {
  readonly host: Sessions;
  readonly info: SessionInfo;
}

export function openTowers(manifest: Manifest, settings: TowerSettings, prepare: () => Promise<PreparedGraphs>): Towers {
  const { model, folder } = manifest;
  const { fallback, ...sessionSettings } = settings;
  const hosts = new Map<string, Sessions>();
  let isClosed = false;
  let choice: DeviceChoice | undefined;
  let prepared: Promise<PreparedGraphs> | undefined;
  const opened = new Map<string, Promise<OpenedGraph>>();

  const runsOnCpu = !fallback && (settings.device === 'cpu' || (settings.device === 'auto' && !hasGraphicsCard()));

  /** A graph that takes long to open on the CPU has a thread of its own: two then open, and run, beside each other. The others share a thread or process. */
  async function hostOf(label: string, source: ModelSource): Promise<Sessions> {
    const isQuick = typeof source === 'object' && source.isUnpacked;
    const key = runsOnCpu && !isQuick && (await bytesOf(source)) >= OWN_THREAD_BYTES ? label : 'shared';
    if (isClosed) throw closedError();
    const host = hosts.get(key) ?? (fallback ? new FallbackSessions(fallback) : SessionHost.start());
    hosts.set(key, host);
    return host;
  }

  function openOnce(label: string, side: Side, source: () => Promise<ModelSource>): Promise<OpenedGraph> {
    const known = opened.get(label);
    if (known) return known;
    const graph = source().then(async (found) => {
      const host = await hostOf(label, found);
      // The allocator is set once the image tower is open: it is for pictures, and slows down what is being opened.
      const ownsProcess = sessionSettings.ownsProcess && (side === 'image' || model.kind === 'joint');
      return { host, info: await host.open(found, label, { ...sessionSettings, ownsProcess }) };
    });
    opened.set(label, graph);
    return graph;
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
      const { host, info } = await openOnce(label, side, async () => (file === undefined ? sourceOf(side) : join(folder, file)));
      choice = info.device;
      const own = readSignature(info, side, label);
      const signature = manifest.isBatchInvariant ? own : { ...own, fixedBatch: own.fixedBatch ?? 1 };
      return {
        signature,
        run: (feeds, outputs = [signature.output]) => runNamed({ host, info, signature }, feeds, outputs),
      };
    };
    return () => {
      tower ??= open();
      return tower;
    };
  }

  async function close(): Promise<void> {
    isClosed = true;
    await Promise.all([...hosts.values()].map((host) => host.close()));
  }

  return { image: lazyTower('image'), text: lazyTower('text'), device: () => choice, close };
}

/** A smaller model is open in about the time that a thread takes to start. */
const OWN_THREAD_BYTES = 64 * 2 ** 20;

async function bytesOf(source: ModelSource): Promise<number> {
  const files = typeof source === 'string' ? [source] : source.dataFiles.map((file) => join(source.dataFolder, file));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Runs a graph whose inputs may have other names than ours. */
async function runNamed(
  { host, info, signature }: OpenedGraph & { readonly signature: Signature },
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
