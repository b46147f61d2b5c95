/** Inside the folder of an evaluation's report: the finished batches of each model. */
export const RUNS_FOLDER = '.runs';

/** What `eval --report` writes. */
export const REPORT_FILES: readonly string[] = [
  'results.json',
  'report.html',
  'summary.md',
  'predictions.parquet',
  'predictions.csv',
  'changes.csv',
  'clip_benchmark.json',
];

/** The files of a folder that are data: a report written there is not, or an evaluation would change what the next one reads. */
export function withoutReport(names: readonly string[]): string[] {
  const isReport = names.includes(RUNS_FOLDER) || (names.includes('results.json') && names.includes('report.html'));
  return isReport ? names.filter((name) => !REPORT_FILES.includes(name)) : [...names];
}
