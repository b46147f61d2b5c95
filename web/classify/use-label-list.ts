import { useState } from 'preact/hooks';
import type { Choice } from '../api/classify.js';
import { useKept } from '../shared/kept.js';

/** What a list of labels is asked for, and how. */
export interface ListSettings {
  readonly labels: readonly string[];
  /** A stored label set in place of `labels`. */
  readonly stored: string;
  readonly isMultiple: boolean;
  readonly isNoneAllowed: boolean;
  /** A template set by name; blank for the usual one, `own` for `templates`. */
  readonly wording: string;
  readonly templates: string;
}

export interface LabelList {
  readonly settings: ListSettings;
  /** What is being typed, which counts already. */
  readonly draft: string;
  readonly choice: Choice | undefined;
  setDraft(text: string): void;
  change(part: Partial<ListSettings>): void;
  /** Adds labels, comma-separated; gives those that the list had already. */
  add(text: string): string[];
  remove(label: string): void;
}

const EMPTY: ListSettings = { labels: [], stored: '', isMultiple: false, isNoneAllowed: false, wording: '', templates: '' };

const distinct = (labels: readonly string[]): string[] => [...new Set(labels.map((label) => label.trim()).filter((label) => label !== ''))];

/** Labels as one types them in one line: with commas between them. */
export const splitLabels = (text: string): string[] => distinct(text.split(/[,\n;]/));

/** Labels one a line, which may hold commas. */
export const splitLines = (text: string): string[] => distinct(text.split('\n'));

/** The labels of a list with the one that is being typed. */
export const withDraft = (labels: readonly string[], draft: string): string[] => distinct([...labels, draft]);

export function useLabelList(name: string): LabelList {
  const [kept, setSettings] = useKept<ListSettings>(name, EMPTY);
  const settings = { ...EMPTY, ...kept };
  const [draft, setDraft] = useState('');
  const change = (part: Partial<ListSettings>): void => setSettings((now) => ({ ...EMPTY, ...now, ...part }));
  return {
    settings,
    draft,
    choice: toChoice(settings, draft),
    setDraft,
    change,
    add(text) {
      const given = splitLabels(text);
      const fresh = given.filter((label) => !settings.labels.includes(label));
      change({ labels: [...settings.labels, ...fresh] });
      setDraft('');
      return given.filter((label) => !fresh.includes(label));
    },
    remove(label) {
      change({ labels: settings.labels.filter((other) => other !== label) });
    },
  };
}

/** The request that a list makes; undefined where there is nothing to choose from. */
function toChoice({ labels, stored, isMultiple, isNoneAllowed, wording, templates }: ListSettings, draft: string): Choice | undefined {
  const how = {
    ...(isMultiple ? { multiple: true } : {}),
    ...(isNoneAllowed && !isMultiple ? { none: true } : {}),
  };
  if (stored !== '') return { labelSet: stored, ...how };
  const all = withDraft(labels, draft);
  if (all.length === 0 || (all.length === 1 && !isMultiple && !isNoneAllowed)) return undefined;
  const own = templates
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (wording === 'own') return own.length === 0 ? undefined : { labels: all, templates: own, ...how };
  return { labels: all, ...(wording === '' ? {} : { templateSet: wording }), ...how };
}
