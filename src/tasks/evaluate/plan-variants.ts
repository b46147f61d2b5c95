import type { PromptTemplate } from '../../core/prompt-template.js';
import { LabelwiseError } from '../../errors.js';
import { chooseTemplates } from '../embed-labels.js';

/** Templates that are measured together. */
export interface PromptVariant {
  /** The template set's name, or the template itself. */
  readonly name: string;
  readonly templates: readonly PromptTemplate[];
  readonly templateSet: string | undefined;
}

/** What is to be measured: each model with each of the prompt variants. */
export interface EvaluationPlan {
  readonly models: readonly string[];
  readonly prompts: readonly PromptVariant[];
  /** What a variant is called: by what tells it from the others. */
  nameOf(model: string, prompt: PromptVariant): string;
}

export interface PlanInput {
  readonly models: readonly string[];
  readonly templates: readonly string[];
  readonly templateSets: readonly string[];
  readonly isComparison: boolean;
}

/** @throws LabelwiseError `INVALID_ARGUMENT` when several are named without `compare`, or there is nothing to compare */
export async function planVariants(input: PlanInput): Promise<EvaluationPlan> {
  const { models, isComparison } = input;
  refuseRepeats('models', models);
  refuseRepeats('templateSets', input.templateSets);
  refuseRepeats('templates', input.templates);
  if (!isComparison) {
    if (models.length > 1 || input.templateSets.length > 1) {
      const option = models.length > 1 ? 'models' : 'templateSets';
      throw new LabelwiseError(
        'INVALID_ARGUMENT',
        `Expected one value of \`${option}\`, got ${(models.length > 1 ? models : input.templateSets).join(', ')}.`,
        {
          hint: 'Use `compare` to measure them side by side.',
        },
      );
    }
  }
  const prompts = isComparison ? await apart(input) : [await together(input)];
  if (isComparison && models.length * prompts.length < 2) {
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected several variants to compare, got one.', {
      hint: 'Name several with `templates`, `templateSets` or `models`.',
    });
  }
  const nameOf = (model: string, prompt: PromptVariant): string =>
    prompts.length === 1 ? model : models.length === 1 ? prompt.name : `${model}, ${prompt.name}`;
  return { models, prompts, nameOf };
}

/** All templates as one ensemble, as classify has it. */
async function together({ templates, templateSets }: PlanInput): Promise<PromptVariant> {
  const [templateSet] = templateSets;
  const name = [...templateSets, ...templates].join(' + ') || 'default';
  return {
    name,
    templateSet: templateSet ?? (templates.length === 0 ? 'default' : undefined),
    templates: await chooseTemplates({ templates, templateSet }),
  };
}

/** Each set and each template by itself. */
async function apart({ templates, templateSets }: PlanInput): Promise<PromptVariant[]> {
  const sets = templates.length + templateSets.length === 0 ? ['default'] : templateSets;
  const variants: PromptVariant[] = [];
  for (const templateSet of sets) variants.push({ name: templateSet, templateSet, templates: await chooseTemplates({ templateSet }) });
  for (const text of templates)
    variants.push({ name: text, templateSet: undefined, templates: await chooseTemplates({ templates: [text] }) });
  return variants;
}

function refuseRepeats(flag: string, values: readonly string[]): void {
  const repeated = values.find((value, i) => values.indexOf(value) !== i);
  if (repeated !== undefined) throw new LabelwiseError('INVALID_ARGUMENT', `Expected each ${flag} once, got "${repeated}" twice.`);
}
