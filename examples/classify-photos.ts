/** Ranks labels for photos, and goes on after a bad one. */
import { createClassifier, LabelwiseError } from 'labelwise';

export async function classifyPhotos(paths: readonly string[], labels: readonly string[]): Promise<string[]> {
  await using classifier = await createClassifier({ labels });
  const lines: string[] = [];
  for await (const item of classifier.classifyEach(paths, { topK: 1 })) {
    const path = paths[item.index];
    if ('error' in item) lines.push(`${path}: ${item.error instanceof LabelwiseError ? item.error.code : String(item.error)}`);
    else lines.push(`${path}: ${item.predictions[0]?.label}`);
  }
  return lines;
}
