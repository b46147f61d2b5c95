import { expect, test } from 'vitest';
import { createLabelSet } from './label-set.js';
import { findNegatedLabels } from './negated-labels.js';

test.each([
  [['cat', 'not a cat'], [['not a cat', 'cat']]],
  [['a cat', 'no_cat'], [['no_cat', 'a cat']]],
  [['dog with a collar', 'dog without collar'], [['dog without collar', 'dog with a collar']]],
  [['person', 'person without glasses'], [['person without glasses', 'person']]],
  [['dog sitting', 'dog not sitting'], [['dog not sitting', 'dog sitting']]],
])('of %j, negations alone tell %j apart', (labels, pairs) => expect(findNegatedLabels(createLabelSet(labels))).toEqual(pairs));

test.each([
  [['no parking sign', 'stop sign']],
  [['dog without collar', 'cat']],
  [['forget-me-not', 'rose']],
  [['knot', 'k']],
  [['no cat', 'No cat']],
])('%j has none', (labels) => expect(findNegatedLabels(createLabelSet(labels))).toEqual([]));
