import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tableLines } from '../../../src/cli/live/columns.ts';
import { cutPieces } from '../../../src/cli/live/screen.ts';
import { fitted, textWidth } from '../../../src/cli/output/operating/text-width.ts';

describe('the width of text', () => {
  test.each([
    ['plain', 5],
    ['日本', 4],
    ['한글', 4],
    ['e\u0301', 1],
    ['🚀!', 3],
    ['█░', 2],
    ['', 0],
  ])('of %j is %i', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test.each([
    ['plain', 8, 'plain   '],
    ['plainer', 5, 'plai…'],
    ['日本語', 4, '日… '],
    ['日本語', 6, '日本語'],
    ['x', 0, ''],
  ])('%j fits into %i columns', (text, columns, fit) => {
    expect(fitted(text, columns)).toBe(fit);
  });
});

describe('a line of the screen', () => {
  test('has neither control characters nor line breaks, and is never too wide', () => {
    const pieces = fc.array(fc.record({ text: fc.string({ unit: 'binary', maxLength: 40 }) }), { maxLength: 5 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 100 }), (given, columns) => {
        const line = cutPieces(given, columns)
          .map(({ text }) => text)
          .join('');
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(textWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('is cut in the piece that does not fit', () => {
    expect(cutPieces([{ text: 'abc', style: 'red' }, { text: 'defg' }, { text: 'h' }], 5)).toEqual([
      { text: 'abc', style: 'red' },
      { text: 'd…' },
    ]);
  });
});

describe('a table of the screen', () => {
  test('shares what is left among the columns without a width', () => {
    const columns = [{ heading: 'key' }, { heading: 'n', width: 4, isRight: true }] as const;
    const lines = tableLines(
      columns,
      [{ cells: ['a\nb', '1'], isMarked: true }, { cells: ['日本語日本語', '12345'] }],
      16,
    );
    const texts = lines.map(({ pieces }) => pieces.map(({ text }) => text).join(''));
    expect(texts).toEqual(['key          n  ', 'a b          1  ', '日本語…   123…  ']);
    expect(lines.map(({ isMarked = false }) => isMarked)).toEqual([false, true, false]);
  });

  test('leaves out the middle of a key that is too long', () => {
    const rows = [{ cells: ['reports@acme/nightly', 'reports@acme/nightly'] }];
    const [, row] = tableLines([{ heading: 'schedule', isKey: true }, { heading: 'error' }], rows, 24);
    expect(row?.pieces.map(({ text }) => text.trimEnd())).toEqual(['repo…ghtly', 'reports@a…']);
  });
});
