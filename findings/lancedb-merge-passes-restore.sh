#!/usr/bin/env bash
# Does a restore refuse every write that was begun before it? @lancedb/lancedb 0.31.0, apache-arrow 18.1.0, Node 20.
#
# One would expect: a write of a handle that was opened before another process restored the table fails ("incompatible with concurrent transaction Restore"), so
# that restoring the newest version works as a fence: whoever takes a lock over restores, and the writer that lost it cannot commit any more.
#
# Seen:
#   1. An upsert of a handle from before the restore is refused, as expected, also when other upserts were committed between.
#   2. When one of those between inserted a row of the same key (marked as primary key), the upsert is not refused: it meets that commit first, begins again on the
#      newest version, which is after the restore, and commits. The result says numAttempts 2.
#
# Why it matters: such a fence holds only where it is the first commit that the old writer meets. Ask for the lock once more when numAttempts is above 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund --omit=optional apache-arrow@18.1.0 @lancedb/lancedb@0.31.0 "@lancedb/lancedb-$(node -p 'process.platform + "-" + process.arch + (process.platform === "linux" ? "-gnu" : "")')@0.31.0" >/dev/null
cat >run.cjs <<'JS'
const lancedb = require('@lancedb/lancedb');
const { Field, Float64, Schema, Utf8 } = require('apache-arrow');
const KEY = new Map([['lance-schema:unenforced-primary-key', 'true']]);
const schema = new Schema([new Field('id', new Utf8(), false, KEY), new Field('value', new Float64(), false)]);
let bad = 0;
const see = (what, got, isExpected) => { bad += isExpected ? 0 : 1; console.log(`${isExpected ? 'as described' : 'CHANGED'}: ${what}: ${got}`); };
const open = async (name) => (await lancedb.connect('./db')).openTable(name);
const upsert = (table, id) => table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute([{ id, value: 2 }]);
async function afterRestore(name, between) {
  const table = await (await lancedb.connect('./db')).createEmptyTable(name, schema);
  await table.add([{ id: 'a', value: 1 }]);
  const old = await open(name);
  await upsert(await open(name), between);
  const fence = await open(name);
  await fence.checkout(await fence.version());
  await fence.restore();
  return upsert(old, 'new').then(({ numAttempts }) => `committed, try ${numAttempts}`, ({ message }) => /transaction Restore/.test(message) ? 'refused' : message);
}
(async () => {
  for (const [name, between, expected] of [['other', 'another', 'refused'], ['update', 'a', 'refused'], ['same', 'new', 'committed, try 2']]) {
    const got = await afterRestore(name, between);
    see(`an upsert of "new" from before the restore, after one of "${between}"`, got, got === expected);
  }
  process.exit(bad === 0 ? 0 : 1);
})();
JS
LANCEDB_LOG=error node run.cjs
