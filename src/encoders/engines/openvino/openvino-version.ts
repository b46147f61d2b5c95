import { LabelwiseError } from '../../../errors.js';

/** The first version whose C library and graphs labelwise was tested with. */
export const LEAST_VERSION = '2025.4';

/** @throws LabelwiseError `ENGINE_UNAVAILABLE` where OpenVINO is older than labelwise needs */
export function requireVersion(version: string, path: string): void {
  if (isRecent(version)) return;
  const found = version === '' ? 'does not state its version' : `is version ${version}`;
  throw new LabelwiseError('ENGINE_UNAVAILABLE', `The OpenVINO in ${path} ${found}; labelwise needs ${LEAST_VERSION} or later.`, {
    hint: 'Update it, name another one with `openvino`, or set `engine` to onnxruntime.',
  });
}

function isRecent(version: string): boolean {
  const [year = 0, minor = 0] = version.split('.').map(Number);
  const [leastYear = 0, leastMinor = 0] = LEAST_VERSION.split('.').map(Number);
  return year > leastYear || (year === leastYear && minor >= leastMinor);
}
