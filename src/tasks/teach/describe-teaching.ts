import { describeSize } from './describe-size.js';
import type { TeachSummary } from './teach.js';

/** What teaching did, in lines. */
export function* describeTeaching({
  name,
  added,
  known,
  forgotten,
  examples,
  labels,
  leaveOneOut,
  model,
}: TeachSummary): Generator<string> {
  const parts = [`${added} added`, ...(known > 0 ? [`${known} known already`] : []), ...(forgotten > 0 ? [`${forgotten} forgotten`] : [])];
  if (examples === 0) {
    yield `"${name}" has no examples now (${forgotten} forgotten): its answers come from text alone`;
    return;
  }
  yield `taught "${name}": ${parts.join(', ')}; ${describeSize({ examples, labels })} now, ${model}`;
  if (leaveOneOut === undefined) {
    yield 'leave-one-out accuracy cannot be measured: no label has two examples yet';
    return;
  }
  const { photos, before, after } = leaveOneOut;
  const percent = (count: number): string => `${Math.round((100 * count) / photos)} %`;
  yield `leave-one-out accuracy ${percent(before)} -> ${percent(after)} on ${photos} examples`;
}
