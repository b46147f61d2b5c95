/**
 * McNemar's exact test: how likely two equally good runs are to differ at least this much, given the images that only one of them has
 * right. Two-sided, binomial with 1/2, exact for any number of images.
 */
export function mcnemarPValue(onlyFirst: number, onlySecond: number): number {
  const [fewer, all] = [Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond];
  if (onlyFirst === onlySecond) return 1;
  let logTerm = -all * Math.LN2; // ln of (all choose 0) / 2^all
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= fewer; i++) {
    logTerm += Math.log((all - i + 1) / i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, 2 * sum);
}
