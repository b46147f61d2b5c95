import { join } from 'node:path';
import type { Manifest } from '../checkpoint/manifest.js';
import type { Device, DeviceChoice, SessionInfo, TensorMessage } from './protocol.js';
import { SessionHost } from './session-host.js';
import { readSignature, type Signature } from './signature.js';

/** One side of a dual encoder, ready to run. */
export interface Tower {
  readonly signature: Signature;
  /** Runs the graph and gives the named outputs. */
  run(feeds: Record<string, TensorMessage>, outputs?: readonly string[]): Promise<Record<string, TensorMessage>>;
}

/** Both sides of a checkpoint, each opened when it is first asked for; a joint graph is opened once. */
export interface Towers {
  readonly image: () => Promise<Tower>;
  readonly text: () => Promise<Tower>;
  /** Where the sessions run; known once one is open. */
  readonly device: () => DeviceChoice | undefined;
  close(): Promise<void>;
}

export function openTowers(manifest: Manifest, device: Device | 'auto', threads: number): Towers {
  const { onnx } = manifest;
  let host: SessionHost | undefined;
  let choice: DeviceChoice | undefined;
  const opened = new Map<string, Promise<SessionInfo>>();

  function openOnce(path: string): Promise<SessionInfo> {
    const known = opened.get(path);
    if (known) return known;
    host ??= new SessionHost();
    const session = host.open(path, device, threads);
    opened.set(path, session);
    return session;
  }

  function lazyTower(side: 'image' | 'text', file: string): () => Promise<Tower> {
    let tower: Promise<Tower> | undefined;
    const open = async (): Promise<Tower> => {
      const info = await openOnce(join(manifest.folder, file));
      choice = info.device;
      const signature = readSignature(info, side, file);
      return { signature, run: (feeds, outputs = [signature.output]) => (host as SessionHost).run(info.session, feeds, outputs) };
    };
    return () => {
      tower ??= open();
      return tower;
    };
  }

  return {
    image: lazyTower('image', onnx.kind === 'split' ? onnx.image : onnx.model),
    text: lazyTower('text', onnx.kind === 'split' ? onnx.text : onnx.model),
    device: () => choice,
    close: async () => host?.close(),
  };
}
