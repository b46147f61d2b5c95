import { z } from 'zod';

/** What a column holds, as the README or the Parquet metadata of a data set says. */
export interface Feature {
  readonly name: string;
  readonly kind: 'image' | 'label' | 'other';
  /** The names of a label's numbers, in order. */
  readonly labelNames?: readonly string[];
  /** Several values a row. */
  readonly isList: boolean;
}

type Inner = Omit<Feature, 'name'>;
const OTHER: Inner = { kind: 'other', isList: false };

/** `names` is a list, or (in YAML) an object with the numbers as keys. */
const namesSchema = z.union([
  z.array(z.coerce.string()),
  z.record(z.string(), z.coerce.string()).transform((names) =>
    Object.entries(names)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, name]) => name),
  ),
]);

/** The features in the Parquet metadata under the key `huggingface`, which the `datasets` library of Python writes. */
export function parseMetadataFeatures(text: string | undefined): Feature[] {
  if (text === undefined) return [];
  const schema = z.object({ info: z.object({ features: z.record(z.string(), z.unknown()) }) });
  try {
    const { features } = schema.parse(JSON.parse(text)).info;
    return Object.entries(features).map(([name, feature]) => ({ name, ...parseMetadataFeature(feature) }));
  } catch {
    return []; // written by something else: the columns' types have to do
  }
}

function parseMetadataFeature(value: unknown): Inner {
  if (Array.isArray(value)) return { ...parseMetadataFeature(value[0]), isList: true };
  const feature = z
    .looseObject({ _type: z.string().optional(), names: namesSchema.optional(), feature: z.unknown().optional() })
    .safeParse(value).data;
  if (feature?._type === 'Image') return { kind: 'image', isList: false };
  if (feature?._type === 'ClassLabel' && feature.names) return { kind: 'label', labelNames: feature.names, isList: false };
  if (/^(?:Sequence|List|LargeList)$/.test(feature?._type ?? '')) return { ...parseMetadataFeature(feature?.feature), isList: true };
  return OTHER;
}

const cardFeatureSchema = z.looseObject({ name: z.string() });
const classLabelSchema = z.object({ class_label: z.object({ names: namesSchema }) });

/** The features of `dataset_info` in the YAML of a README. */
export function parseCardFeatures(values: readonly unknown[]): Feature[] {
  return values.flatMap((value) => {
    const feature = cardFeatureSchema.safeParse(value).data;
    return feature ? [{ name: feature.name, ...parseCardFeature(feature) }] : [];
  });
}

function parseCardFeature(feature: Readonly<Record<string, unknown>>): Inner {
  const list = feature.sequence ?? feature.list;
  if (list !== undefined) {
    const inner = typeof list === 'object' && list !== null && 'dtype' in list ? list.dtype : list;
    return { ...parseCardDtype(inner), isList: true };
  }
  return parseCardDtype(feature.dtype);
}

function parseCardDtype(dtype: unknown): Inner {
  if (dtype === 'image') return { kind: 'image', isList: false };
  const label = classLabelSchema.safeParse(dtype).data;
  return label ? { kind: 'label', labelNames: label.class_label.names, isList: false } : OTHER;
}
