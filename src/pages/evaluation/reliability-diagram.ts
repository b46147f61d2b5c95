import { percent } from '../../eval/results/format-figure.js';
import type { VariantResults } from '../../eval/results/results-schema.js';

const SIDE = 320;
const LEFT = 44;
const TOP = 8;

/** Accuracy over confidence, with how many images each bin holds below: on the diagonal a model is as right as it says. */
export function reliabilityDiagram({ reliability, measures }: VariantResults, id: string): string {
  const most = Math.max(1, ...reliability.map(({ images }) => images));
  const x = (share: number): string => (LEFT + share * SIDE).toFixed(1);
  const y = (share: number): string => (TOP + (1 - share) * SIDE).toFixed(1);
  const floor = TOP + SIDE + 12; // the top of the counts
  const bars = reliability
    .filter(({ images }) => images > 0)
    .map(({ low, high, images, accuracy, confidence }) => {
      const width = ((high - low) * SIDE - 2).toFixed(1);
      const title = `<title>${percent(low, 0)} to ${percent(high, 0)} sure: ${images} images, ${percent(accuracy ?? 0)} right, ${percent(confidence ?? 0)} sure in the mean</title>`;
      const height = (accuracy ?? 0) * SIDE;
      const count = (images / most) * 44;
      return `<g>${title}<rect class="bar" x="${x(low)}" y="${y(accuracy ?? 0)}" width="${width}" height="${height.toFixed(1)}"/><rect class="count" x="${x(low)}" y="${floor}" width="${width}" height="${count.toFixed(1)}"/><circle class="dot" cx="${x(confidence ?? 0)}" cy="${y(accuracy ?? 0)}" r="3.5"/></g>`;
    });
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const lines = ticks.map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${LEFT + SIDE}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${LEFT - 6}" y="${y(tick)}" text-anchor="end" dominant-baseline="middle">${tick * 100}</text><text x="${x(tick)}" y="${floor + 60}" text-anchor="middle">${tick * 100}</text>`,
  );
  const error = percent(measures.expectedCalibrationError?.value ?? 0);
  return `<svg role="img" aria-labelledby="${id}-title ${id}-text" viewBox="0 0 ${LEFT + SIDE + 12} ${floor + 84}" class="plot reliability">
<title id="${id}-title">Reliability diagram</title><desc id="${id}-text">How many answers are right, in per cent, for each range of the probability that the model gave them. The calibration error is ${error}. The table below holds the numbers.</desc>
${lines.join('')}${bars.join('')}<line class="diagonal" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>
<text x="${LEFT + SIDE / 2}" y="${floor + 78}" text-anchor="middle">confidence, %</text><text transform="translate(11 ${TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">right answers, %</text></svg>`;
}
