export { DTYPES, type Dtype } from './checkpoints/dtypes.js';
export * from './core/index.js';
export { type Encoder, type LoadEncoderOptions, loadEncoder } from './encoders/load-encoder.js';
export type { Device, DeviceChoice } from './encoders/onnx/protocol.js';
export { ERROR_CATALOGUE } from './errors.js';
export { listShipped, loadLabelSet, loadTemplateSet } from './home/data-files.js';
export {
  type Classification,
  type Classifier,
  type ClassifierOptions,
  type ClassifyOptions,
  createClassifier,
} from './tasks/create-classifier.js';
