#!/usr/bin/env bash
# Which commits of a table that was opened earlier does LanceDB refuse? @lancedb/lancedb 0.31.0, apache-arrow 18.1.0, Node 20.
#
# One would expect: an upsert (mergeInsert) from a handle that has not seen another handle's rows either sees them or fails; and
# setUnenforcedPrimaryKey('id') marks the column as the documented field metadata "lance-schema:unenforced-primary-key" does.
#
# Seen:
#   1. Two handles upsert the same 20 ids: 40 rows, no error.
#   2. With restore() of the latest version in between, which changes no row, the stale upsert, add and delete all fail ("incompatible with
#      concurrent transaction Restore"), every time they are tried: a restore fences off every earlier handle.
#   3. setUnenforcedPrimaryKey goes through in spite of that restore, and brings the stale handle up to date: later commits pass the fence.
#   4. It writes another key, "lance-schema:unenforced-primary-key:position"; asked again, it fails. Looking for the documented key alone
#      therefore calls it a second time, and every later run fails.
#   5. optimize({ cleanupOlderThan }) is refused like a write.
#
# Why it matters: several processes that share a table (workers, a laptop that wakes up) double rows in silence. Restore is the one cheap
# fence, but only if the key is marked before, and the check for it accepts both spellings.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund --omit=optional apache-arrow@18.1.0 @lancedb/lancedb@0.31.0 "@lancedb/lancedb-$(node -p 'process.platform + "-" + process.arch + (process.platform === "linux" ? "-gnu" : "")')@0.31.0" >/dev/null
cat >run.cjs <<'JS'
const lancedb = require('@lancedb/lancedb');
const { Field, Int32, Schema, Utf8 } = require('apache-arrow');
const schema = new Schema([new Field('id', new Utf8(), false), new Field('n', new Int32(), true)]);
const rows = (n) => Array.from({ length: 20 }, (_, i) => ({ id: `id${i}`, n }));
const upsert = (table, n) => table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows(n));
const fence = async (table) => { await table.checkout(await table.version()); await table.restore(); };
let count = 0;
async function twoHandles() {
  const folder = `./db${count++}`;
  const first = await (await lancedb.connect(folder)).createEmptyTable('t', schema);
  const second = await (await lancedb.connect(folder)).openTable('t');
  const countAll = async () => (await (await lancedb.connect(folder)).openTable('t')).countRows();
  return { first, second, countAll };
}
const outcomeOf = (work) => work.then(() => 'passed', (error) => /incompatible with concurrent transaction (\w+)/.exec(error.message)?.[0] ?? error.message.slice(0, 90));
let bad = 0;
const see = (what, got, expected) => { const same = got === expected; bad += same ? 0 : 1; console.log(`${same ? 'as described' : 'CHANGED'}: ${what}: ${got}`); };
(async () => {
  const plain = await twoHandles();
  await upsert(plain.second, 2);
  see('stale upsert', await outcomeOf(upsert(plain.first, 1)), 'passed');
  see('rows of 20 ids', await plain.countAll(), 40);
  const REFUSED = 'incompatible with concurrent transaction Restore';
  for (const [name, work] of [['upsert', (t) => upsert(t, 1)], ['add', (t) => t.add(rows(1))], ['delete', (t) => t.delete("id = 'id0'")], ['optimize', (t) => t.optimize({ cleanupOlderThan: new Date() })]]) {
    const { first, second, countAll } = await twoHandles();
    if (name === 'optimize' || name === 'delete') for (let n = 0; n < 3; n++) await first.add(rows(n).map((row) => ({ ...row, id: row.id + (n || '') })));
    await second.checkoutLatest();
    await fence(second);
    await upsert(second, 2);
    const before = await countAll();
    for (const turn of ['', ' again']) see(`${name} after a restore${turn}`, await outcomeOf(work(first)), REFUSED);
    see('rows before and after', (await countAll()) - before, 0);
  }
  const keyed = await twoHandles();
  await fence(keyed.second);
  await upsert(keyed.second, 2);
  see('marking the key after a restore', await outcomeOf(keyed.first.setUnenforcedPrimaryKey('id')), 'passed');
  see('upsert after that', await outcomeOf(upsert(keyed.first, 1)), 'passed');
  see('metadata of the field', [...(await keyed.first.schema()).fields[0].metadata.keys()].join(), 'lance-schema:unenforced-primary-key:position');
  see('marking it again', (await outcomeOf(keyed.first.setUnenforcedPrimaryKey('id'))).includes('already set'), true);
  process.exit(bad === 0 ? 0 : 1);
})();
JS
LANCEDB_LOG=error node run.cjs
