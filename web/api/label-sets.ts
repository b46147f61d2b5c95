import { ask } from './request.js';

export interface LabelSetSummary {
  readonly name: string;
  readonly source: 'stored' | 'shipped';
  readonly labels: number;
  readonly version?: number;
}

export interface LabelSetDetail {
  readonly name: string;
  readonly source: 'stored' | 'shipped';
  readonly version?: number;
  readonly model?: string;
  readonly labels: readonly { readonly name: string; readonly promptName: string }[];
  readonly templates?: readonly string[];
  readonly versions: readonly { readonly version: number; readonly createdAt: string }[];
}

export interface Example {
  readonly label: string;
  readonly id: string;
  readonly isPositive: boolean;
}

export interface Lesson {
  readonly added: number;
  readonly known: number;
  readonly forgotten: number;
  readonly examples: number;
  readonly summary: string;
}

const place = (name: string): string => `/v1/label-sets/${encodeURIComponent(name)}`;

export const loadLabelSets = async (signal?: AbortSignal): Promise<readonly LabelSetSummary[]> =>
  (await ask<{ labelSets: LabelSetSummary[] }>('/v1/label-sets', { signal })).labelSets;

export const loadLabelSet = (name: string, version: number | undefined, signal: AbortSignal): Promise<LabelSetDetail> =>
  ask(`${place(name)}${version === undefined ? '' : `?version=${version}`}`, { signal });

export const storeLabelSet = (
  name: string,
  json: { readonly labels: readonly string[]; readonly templates?: readonly string[] },
): Promise<unknown> => ask(place(name), { method: 'PUT', json });

export const loadExamples = async (name: string, signal: AbortSignal): Promise<readonly Example[]> =>
  (await ask<{ examples: Example[] }>(`${place(name)}/examples`, { signal })).examples;

export const teach = (name: string, examples: readonly { readonly label: string; readonly id: string }[]): Promise<Lesson> =>
  ask(`${place(name)}/examples`, { json: { examples } });

export const teachFromCorrections = (name: string): Promise<Lesson> => ask(`${place(name)}/examples`, { json: { fromCorrections: true } });

export const forget = (name: string, { label, id }: { readonly label: string; readonly id: string }): Promise<Lesson> =>
  ask(`${place(name)}/examples?${new URLSearchParams({ label, id })}`, { method: 'DELETE' });
