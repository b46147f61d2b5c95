#!/usr/bin/env bash
# @lancedb/lancedb 0.31.0: pages through an HNSW index lose and repeat rows, and refineFactor makes a search fail.
#
# One would expect that limit + offset cut pages from one order, that of 50 rows with the query's own embedding the first
# page of 100 has all 50, and that ef is raised to what limit and refineFactor need.
# Seen, with 50 copies of each of 60 embeddings: pages of 50 give 1,686 different rows of 3,000, some of them twice, in one build and fewer than 110
# in four others, as equal rows take each other's links in the graph; the first 100 rows have 1 to 43 of the 50 equal ones; limit 60 with
# refineFactor 4 and ef 200 fails with "ef must be greater than or equal to k", k being their product.
# Why it matters: a gallery that pages through search results hides pictures, and a search for more results stops with an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @lancedb/lancedb@0.31.0 apache-arrow@18.1.0 >/dev/null
cat >run.mjs <<'JS'
import * as lancedb from '@lancedb/lancedb';
let seed = 1;
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
const unit = () => { const v = Array.from({ length: 8 }, random); return v.map((x) => x / Math.hypot(...v)); };
const embeddings = Array.from({ length: 60 }, unit);
const rows = Array.from({ length: 3000 }, (_, i) => ({ id: i, embedding: embeddings[i % 60] }));
const table = await (await lancedb.connect('./table')).createTable('t', rows);
const config = lancedb.Index.hnswSq({ distanceType: 'cosine', m: 20, efConstruction: 300 });
await table.createIndex('embedding', { config });
const search = () => table.vectorSearch(embeddings[7]).distanceType('cosine').select(['id', '_distance']);
const pages = [];
for (let offset = 0; offset < 3000; offset += 50) pages.push(...(await search().limit(50).offset(offset).ef(3000).toArray()).map(({ id }) => id));
const different = new Set(pages).size;
const first = await search().limit(100).refineFactor(4).ef(400).toArray();
const equal = first.filter(({ id }) => id % 60 === 7).length;
const refused = await search().limit(60).refineFactor(4).ef(200).toArray().then(() => 'no error', (error) => /ef must be[^,]*/.exec(error.message)?.[0] ?? error.message);
console.log(`pages: ${pages.length} rows, ${different} different of 3000`);
console.log(`first 100: ${equal} of the 50 equal rows`);
console.log(`limit 60, refineFactor 4, ef 200: ${refused}`);
const isAsSeen = different < 3000 && equal < 50 && refused.startsWith('ef must be');
if (!isAsSeen) console.log('This has changed.');
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
