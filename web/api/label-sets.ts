import type { Examples, LabelSet, LabelSets, Lesson, StoreLabelSet } from '../../src/client/api.js';
import { ask } from './request.js';

export type LabelSetSummary = LabelSets['labelSets'][number];
export type Example = Examples['examples'][number];

const place = (name: string): string => `/v1/label-sets/${encodeURIComponent(name)}`;

export const loadLabelSets = async (signal?: AbortSignal): Promise<readonly LabelSetSummary[]> =>
  (await ask<LabelSets>('/v1/label-sets', { signal })).labelSets;

export const loadLabelSet = (name: string, version: number | undefined, signal: AbortSignal): Promise<LabelSet> =>
  ask(`${place(name)}${version === undefined ? '' : `?version=${version}`}`, { signal });

export const storeLabelSet = (name: string, json: StoreLabelSet): Promise<LabelSet> => ask(place(name), { method: 'PUT', json });

export const loadExamples = async (name: string, signal: AbortSignal): Promise<readonly Example[]> =>
  (await ask<Examples>(`${place(name)}/examples`, { signal })).examples;

export const teach = (name: string, examples: readonly { readonly label: string; readonly id: string }[]): Promise<Lesson> =>
  ask(`${place(name)}/examples`, { json: { examples } });

export const teachFromCorrections = (name: string): Promise<Lesson> => ask(`${place(name)}/examples`, { json: { fromCorrections: true } });

export const forget = (name: string, { label, id }: { readonly label: string; readonly id: string }): Promise<Lesson> =>
  ask(`${place(name)}/examples?${new URLSearchParams({ label, id })}`, { method: 'DELETE' });
