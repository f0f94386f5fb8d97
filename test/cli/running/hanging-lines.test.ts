import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textWidth } from '../../../src/cli/output/operating/text-width.ts';
import { hangingLines } from '../../../src/cli/running/hanging-lines.ts';

const WIDE = { first: 0, others: 0, columns: undefined };

test.each([
  ['nothing', '', ['']],
  ['a line', 'one two', ['one two']],
  ['the line breaks of Windows, and no tabs', 'one\r\n\ttwo\r', ['one', '  two\\u000d']],
  ['the line breaks of the text', 'one\n  two\n\nthree', ['one', '  two', '', 'three']],
])('without an end keeps %s', (_, text, lines) => {
  expect(hangingLines(text, WIDE)).toEqual(lines);
});

test.each([
  ['between words', 'one two three four five six', { first: 0, columns: 22 }, ['one two three four', 'five six']],
  ['where less is left', 'eleven characters and more', { first: 20, columns: 40 }, ['eleven characters', 'and more']],
  ['a word that is too wide', 'x'.repeat(65), { first: 0, columns: 30 }, ['x'.repeat(30), 'x'.repeat(30), 'xxxxx']],
])('breaks %s', (_, text, place, lines) => {
  expect(hangingLines(text, { ...place, others: 0 })).toEqual(lines);
});

test('loses nothing but blanks, and no line is too wide', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '日', '.'), maxLength: 120 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 30, max: 60 }), (text, columns) => {
      const lines = hangingLines(text, { first: 8, others: 4, columns });
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      for (const [index, line] of lines.entries())
        expect(textWidth(line)).toBeLessThanOrEqual(columns - (index === 0 ? 8 : 4));
    }),
  );
});
