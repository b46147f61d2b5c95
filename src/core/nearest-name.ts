/**
 * The known name that a misspelt one most likely means, or undefined if none is near. Letter case, "-" and "_" do not count.
 *
 * @example
 * nearestName('batch_szie', ['topK', 'batchSize']) // 'batchSize'
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  const [best] = known.map((one) => ({ one, edits: editsBetween(wanted, plain(one)) })).sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(1, wanted.length / 4) ? best.one : undefined;
}

const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '');

/** Levenshtein's distance. */
function editsBetween(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...first].entries()) {
    const next = [i + 1];
    for (let k = 0; k < second.length; k++)
      next.push(Math.min((row[k] as number) + (letter === second[k] ? 0 : 1), (row[k + 1] as number) + 1, (next[k] as number) + 1));
    row = next;
  }
  return row.at(-1) as number;
}
