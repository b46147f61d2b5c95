import { expect, test } from 'vitest';
import { splitLabels, splitLines, withDraft } from './use-label-list.js';

test('labels in one line are separated by commas, and each counts once', () => {
  expect(splitLabels(' cat, red panda;dog\ncat,, ')).toEqual(['cat', 'red panda', 'dog']);
});

test('labels one a line may hold commas', () => {
  expect(splitLines('tench, Tinca tinca\ngoldfish\n')).toEqual(['tench, Tinca tinca', 'goldfish']);
});

test('what is being typed counts, unless the list has it', () => {
  expect(withDraft(['cat'], ' dog ')).toEqual(['cat', 'dog']);
  expect(withDraft(['cat', 'dog'], 'dog')).toEqual(['cat', 'dog']);
  expect(withDraft(['cat'], '')).toEqual(['cat']);
});
