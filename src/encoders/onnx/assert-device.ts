import type { SessionSettings } from '../engines/protocol.js';
import { SessionHost } from '../engines/session-host.js';
import { matrixProductModel } from './open-matrix-product.js';

/**
 * Opens and closes a tiny session on a device that was named: a run whose embeddings are all cached would otherwise never find out that it is
 * not there.
 *
 * @throws LabelwiseError `DEVICE_UNAVAILABLE`
 */
export async function assertDevice(settings: SessionSettings): Promise<void> {
  if (settings.device === 'auto' || settings.device === 'cpu') return;
  const host = settings.openvino ? SessionHost.startProcess() : SessionHost.start();
  try {
    await host.open(matrixProductModel(), 'a test of the device', settings);
  } finally {
    await host.close();
  }
}
