import type { InferenceSession } from 'onnxruntime-node';
import type { DeviceChoice, GraphSource, ModelSource, SessionSettings } from '../protocol.js';
import { openSession } from './open-session.js';

/** A session that makes way for a quicker one when a run turns out to be long. */
export interface LateSession {
  /** The session for the next run. */
  next(): Promise<InferenceSession>;
  release(): Promise<void>;
}

/**
 * Runs before ONNX Runtime packs the weights for its products. Packing a tower costs as much time as four to five batches of photos gain by it: a
 * search or a handful of photos is done before it would pay.
 */
const RUNS_BEFORE_PACKING = 3;

export async function openLateSession(
  model: ModelSource,
  settings: SessionSettings,
): Promise<{ session: InferenceSession; choice: DeviceChoice; late: LateSession }> {
  const { session, choice } = await openSession(model, settings);
  const packed = typeof model === 'string' || choice.device !== 'cpu' ? undefined : model.forLongRuns;
  return {
    session,
    choice,
    late:
      packed === undefined
        ? always(session)
        : thenPacked(session, { ...(model as GraphSource), graph: packed, forLongRuns: undefined }, settings),
  };
}

const always = (session: InferenceSession): LateSession => ({ next: async () => session, release: () => session.release() });

function thenPacked(session: InferenceSession, model: GraphSource, settings: SessionSettings): LateSession {
  let runs = 0;
  let current = Promise.resolve(session);
  const pack = async (): Promise<InferenceSession> => {
    try {
      const { session: packed } = await openSession(model, { ...settings, device: 'cpu' });
      await session.release();
      return packed;
    } catch {
      return session; // too little memory, or the file is gone: the session that works stays
    }
  };
  return {
    next: () => {
      if (++runs === RUNS_BEFORE_PACKING + 1) current = pack();
      return current;
    },
    release: async () => (await current).release(),
  };
}
