import { dotProduct, type Embedding, norm } from '../embedding.js';
import type { ZeroShotClassifier } from '../zero-shot-classifier.js';

/** What speaks for the first label of an image. */
export interface AnswerExplanation {
  readonly label: string;
  /** The second label, and by how much its similarity is less; undefined for a label alone. */
  readonly runnerUp: { readonly label: string; readonly margin: number } | undefined;
  /** The labels that mean most nearly the same to the model: cosines of class embeddings. */
  readonly nearestLabels: readonly { readonly label: string; readonly similarity: number }[];
  /** Which of the best labels would be first with one template alone. */
  readonly byTemplate: readonly { readonly template: string; readonly label: string; readonly margin: number }[];
}

const NEAREST = 3;

/** The answer in numbers; see `compareTemplates` for `byTemplate`. */
export function explainAnswer(
  image: Embedding,
  { classEmbeddings, classify }: ZeroShotClassifier,
  byTemplate: AnswerExplanation['byTemplate'],
): AnswerExplanation {
  const [best, second] = classify(image, 2);
  const { labelSet, vectors } = classEmbeddings;
  const own = vectors[labelSet.labels.findIndex(({ name }) => name === best?.label)] as Embedding;
  const nearest = vectors
    .map((vector, i) => ({ label: labelSet.labels[i]?.name ?? '', similarity: dotProduct(own, vector) / (norm(own) * norm(vector) || 1) }))
    .filter(({ label }) => label !== best?.label)
    .sort((a, b) => b.similarity - a.similarity);
  return {
    label: best?.label ?? '',
    runnerUp: best && second && { label: second.label, margin: best.similarity - second.similarity },
    nearestLabels: nearest.slice(0, NEAREST),
    byTemplate,
  };
}

/** The first of some labels under each template. prompts: embeddings [templates][labels] */
export function compareTemplates(
  image: Embedding,
  labels: readonly string[],
  prompts: readonly { readonly template: string; readonly embeddings: readonly Embedding[] }[],
): AnswerExplanation['byTemplate'] {
  return prompts.map(({ template, embeddings }) => {
    const ranked = embeddings
      .map((embedding, i) => ({ label: labels[i] as string, similarity: dotProduct(image, embedding) }))
      .sort((a, b) => b.similarity - a.similarity);
    const [best, second] = ranked;
    return { template, label: best?.label ?? '', margin: (best?.similarity ?? 0) - (second?.similarity ?? 0) };
  });
}
