import { describe, expect, test } from 'vitest';
import { printable, printableLine } from '../../src/machines/printable.ts';

describe('printable text', () => {
  test.each<[string, string, string]>([
    ['an escape', '\u001b[31mred', '\\u001b[31mred'],
    ['a C1 control', '\u009b31m', '\\u009b31m'],
    ['a link', '\u001b]8;;http://x\u0007y', '\\u001b]8;;http://x\\u0007y'],
    ['DEL and NUL', '\u007f\u0000', '\\u007f\\u0000'],
    ['a return', 'safe\revil', 'safe\\u000devil'],
    ['a turn of direction', 'a\u202eb\u2066c\u2069', 'a\\u202eb\\u2066c\\u2069'],
    ['marks of direction', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['characters without width', 'a\u200bb\u200dc\ufeff', 'a\\u200bb\\u200dc\\ufeff'],
    ['line separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['tags', '\u{e0041}', '\\udb40\\udc41'],
    ['half a character', '\ud800', '\\ud800'],
  ])('has %s written out', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('keeps line breaks, tabs, and what people write', () => {
    const text = 'one\n\ttwo – äöü 日本 🙂 שלום';
    expect(printable(text)).toBe(text);
  });

  test('is still the same JSON', () => {
    const value = { note: '\u202e\u009b\u001b' };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  });

  test('is cut to a line of a length, however long it is', () => {
    expect(printableLine(`\u001b${'x'.repeat(100_000_000)}`, 10)).toBe('\\u001bxxx…');
    expect(printableLine('one\ntwo', 10)).toBe('one');
  });
});
