import type { Table } from '@lancedb/lancedb';
import { dotProduct, type Embedding, isUnit } from '../core/embedding.js';
import { pageAfter, type SortKey } from '../core/page-after.js';
import { DAMAGED, type DamageOptions } from './damaged-embeddings.js';
import { type FoundImageRow, type ImageSearch, toImages } from './found-images.js';
import { chunks } from './image-index.js';
import { MAX_NAMED, type NearestRows } from './nearest-rows.js';
import { embeddingsOf, takeCrops, takeEmbeddings } from './rounded/embeddings-of.js';

/** A page of the nearest images. */
export interface NearestPage extends Pick<ImageSearch, 'where' | 'contentHashes' | 'isWanted' | 'minSimilarity' | 'limit'> {
  readonly query: Embedding;
  /** Similarity and content hash of the last image of the page before. */
  readonly after?: SortKey | undefined;
  /** About how many images came before. */
  readonly seen?: number | undefined;
}

/** Where a page comes from. */
interface PageSource {
  /** Opened only where a row comes without its product. */
  table(): Promise<Table>;
  /** How many rows there are. */
  readonly total: number;
  /** Whether a crop of an image may be nearer than the image. */
  readonly hasCrops: boolean;
  find(count: number): Promise<NearestRows>;
}

/** What searches by other ways may differ by, and more: they sum float32 in orders of their own. */
const SLACK = 1e-5;

type Measured = FoundImageRow & { readonly similarity: number };

/**
 * The nearest images after the last one of the page before, by similarities computed here, in one order for ever: whichever way LanceDB finds
 * the candidates, an image that stays is on one page.
 *
 * @param find the `count` nearest rows, compared with every row
 */
export async function pageNearest(
  { table, total, hasCrops, find, onWarning }: PageSource & DamageOptions,
  { query, after, seen = 0, isWanted = () => true, minSimilarity = -2, limit }: NearestPage,
): Promise<Measured[]> {
  const ceiling = after === undefined ? 2 : Number(after[0]) + SLACK;
  const known = new Map<string, number | undefined>();
  for (let most = (seen + limit) * 2 + 16; ; most *= 4) {
    const { rows, border } = await find(most > total ? total + 1 : most);
    const horizon = 1 - border; // all images above this similarity are among the rows
    const candidates = toImages(rows.filter(({ _distance }) => !Number.isNaN(_distance))).filter(
      ({ similarity = 2, content_hash }) => similarity <= ceiling && similarity >= minSimilarity - SLACK && isWanted(content_hash),
    );
    const idOf = new Map(rows.map((row) => [row.content_hash, Number(row._rowid)]));
    for (const { content_hash: hash, _product: product } of rows)
      if (!hasCrops && hash !== null && product !== undefined) known.set(hash, toSimilarity(product));
    const isAll = horizon === Number.NEGATIVE_INFINITY || horizon < minSimilarity - SLACK;
    for (let count = limit + 8; ; count *= 2) {
      const some = candidates.slice(0, count);
      await measure({ table, hasCrops }, { hashes: some.map(({ content_hash }) => content_hash), idOf, query, known });
      const page = pageAfter(withSimilarity(some, known, minSimilarity), {
        keyOf: ({ similarity, content_hash }) => [similarity, content_hash],
        isDescending: [true],
        after,
        count: limit,
      });
      const edge = Math.max(candidates[count]?.similarity ?? -2, isAll ? -2 : horizon) + SLACK;
      const isWhole = page.length === limit && (page.at(-1) as Measured).similarity > edge;
      const isEnd = count >= candidates.length;
      if (isWhole || (isEnd && isAll)) {
        if ([...known.values()].includes(undefined)) onWarning?.(DAMAGED);
        return page;
      }
      if (isEnd) break;
    }
  }
}

const toSimilarity = (product: number): number => Math.min(1, Math.max(-1, product));

/** Computes the similarity of images that are not known yet; undefined where the embedding is damaged. */
async function measure(
  { table, hasCrops }: Pick<PageSource, 'table' | 'hasCrops'>,
  {
    hashes,
    idOf,
    query,
    known,
  }: { hashes: readonly string[]; idOf: ReadonlyMap<string | null, number>; query: Embedding; known: Map<string, number | undefined> },
): Promise<void> {
  const missing = hashes.filter((hash) => !known.has(hash));
  const hashOf = new Map(missing.map((hash) => [idOf.get(hash) as number, hash]));
  for (const ids of chunks([...hashOf.keys()], MAX_NAMED)) {
    const crops = hasCrops ? await takeCrops(await table(), ids) : undefined;
    for (const [id, embedding] of embeddingsOf(await takeEmbeddings(await table(), ids))) {
      const views = embedding && isUnit(embedding) ? [embedding, ...(crops?.get(id) ?? [])] : [];
      const similarity = Math.max(...views.map((view) => dotProduct(query, view)));
      known.set(hashOf.get(id) as string, views.length === 0 ? undefined : toSimilarity(similarity));
    }
  }
}

const withSimilarity = (images: readonly FoundImageRow[], known: ReadonlyMap<string, number | undefined>, least: number): Measured[] =>
  images.flatMap((image) => {
    const similarity = known.get(image.content_hash);
    return similarity === undefined || similarity < least - SLACK ? [] : [{ ...image, similarity }];
  });
