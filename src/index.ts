export * from './core/index.js';
export {
  type Classification,
  type Classifier,
  type ClassifierOptions,
  type ClassifyOptions,
  createClassifier,
} from './create-classifier.js';
export { listShipped, loadLabelSet, loadTemplateSet } from './data-files.js';
export { DTYPES, type Dtype } from './encoders/checkpoint/dtypes.js';
export { type Encoder, type LoadEncoderOptions, loadEncoder } from './encoders/load-encoder.js';
export type { Device, DeviceChoice } from './encoders/onnx/protocol.js';
export { ERROR_CATALOGUE, type ErrorCode } from './errors.js';
