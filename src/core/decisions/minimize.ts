/**
 * The smallest value of a smooth function of a few numbers, by Nelder and Mead's simplex (1965).
 *
 * @param step the size of the first simplex
 */
export function minimize(measure: (point: readonly number[]) => number, start: readonly number[], step = 0.5): number[] {
  const at = (point: number[]) => ({ point, value: measure(point) });
  let simplex = [at([...start]), ...start.map((_, i) => at(start.map((x, j) => (i === j ? x + step : x))))];
  for (let round = 0; round < 120; round++) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0] as (typeof simplex)[number];
    const worst = simplex.at(-1) as typeof best;
    if (worst.value - best.value < 1e-6) break;
    const others = simplex.slice(0, -1);
    const centre = start.map((_, i) => others.reduce((sum, { point }) => sum + (point[i] as number), 0) / others.length);
    const along = (factor: number) => at(centre.map((x, i) => x + factor * ((worst.point[i] as number) - x)));
    const reflected = along(-1);
    const second = others.at(-1) as typeof best;
    let next = reflected;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      if (expanded.value < reflected.value) next = expanded;
    } else if (!(reflected.value < second.value)) next = along(reflected.value < worst.value ? -0.5 : 0.5);
    simplex =
      next.value < Math.min(worst.value, reflected.value) || next === reflected
        ? [...others, next]
        : [best, ...simplex.slice(1).map(({ point }) => at(point.map((x, i) => ((x + (best.point[i] as number)) / 2) as number)))];
  }
  return simplex.sort((a, b) => a.value - b.value)[0]?.point as number[];
}
