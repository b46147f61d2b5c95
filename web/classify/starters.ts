/** Lists to begin with. */
export const STARTERS: Readonly<Record<string, string>> = {
  Animals: 'cat, dog, horse, bird, fish, rabbit, elephant, insect',
  'Food and drink': 'cup of coffee, cup of tea, pizza, salad, bread, fruit, cake, soup',
  Scenes: 'mountain, beach, forest, city street, temple, night sky, living room, launch pad',
  'Kinds of picture': 'photo, drawing, painting, screenshot, scanned document, map, diagram, logo',
};
