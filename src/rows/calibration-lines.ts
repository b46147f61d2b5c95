import type { CalibrationSummary } from '../tasks/calibrate.js';

/** What calibrating changed, in lines. */
export function* describeCalibration({
  model,
  images,
  negativeLogLikelihood: nll,
  calibrationError: error,
}: CalibrationSummary): Generator<string> {
  yield `calibrated ${model} with ${images} images; on images that were not fitted:`;
  if (error) {
    const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
    const show = ({ value, low, high }: typeof error.before) => `${percent(value)} (95 % interval ${percent(low)} to ${percent(high)})`;
    yield `calibration error  ${show(error.before)} before, ${show(error.after)} now`;
  }
  yield `negative log-likelihood  ${Number.isNaN(nll.before) ? 'unknown' : nll.before.toFixed(3)} before, ${nll.after.toFixed(3)} now`;
}
