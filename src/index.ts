export { DTYPES, type Dtype } from './checkpoints/dtypes.js';
export type { Encoder, LoadEncoderOptions } from './encoders/load-encoder.js';
export type { Device, DeviceChoice } from './encoders/onnx/protocol.js';
export { ERROR_CATALOGUE } from './errors.js';
export { listShipped, loadLabelSet, loadTemplateSet } from './home/data-files.js';
export * from './library/core.js';
export { createClassifier, loadEncoder } from './library/from-environment.js';
export type { LabelChoice, Labels } from './tasks/bind-labels.js';
export type { Classification, ClassifiedItem, Classifier, ClassifierOptions, ClassifyOptions } from './tasks/create-classifier.js';
