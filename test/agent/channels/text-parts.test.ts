import { textParts } from '../../../src/agent/channels/text-parts';

it.each([
  ['short', 10, ['short']],
  ['', 10, ['']],
  ['exactly ten', 11, ['exactly ten']],
  ['one two three', 8, ['one two', 'three']],
  ['one\ntwo three', 10, ['one\ntwo', 'three']],
  ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
  ['a bcdefghij', 8, ['a bcdefg', 'hij']],
  ['ab😀cd', 3, ['ab', '😀c', 'd']],
])('%j in parts of %i is %j', (text, limit, parts) => {
  expect(textParts(text, limit)).toEqual(parts);
});

it('loses nothing but the breaks it parts at, and takes no text of any length long', () => {
  const text = Array.from({ length: 30_000 }, (_, index) => `word${index}`).join(' ');
  const parts = textParts(text, 2_000);
  expect(parts.join(' ')).toBe(text);
  expect(parts.every((part) => part.length <= 2_000)).toBe(true);
});
