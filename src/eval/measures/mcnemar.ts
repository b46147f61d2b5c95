/**
 * McNemar's exact test: how likely two equally good runs are to differ at least so much, given the images that one of them alone has
 * right. Two-sided, binomial with 1/2; it is exact for few images and many.
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
