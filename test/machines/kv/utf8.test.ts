import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareByCodePoint, utf8Length } from '../../../src/machines/kv/utf8.ts';

/** Any text, also with lone surrogates. */
const anyText = fc.string({ unit: 'binary', maxLength: 12 });
const loneText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

describe('the length in UTF-8', () => {
  test('is that of the encoded bytes, for any text', () => {
    fc.assert(fc.property(fc.oneof(anyText, loneText), (text) => utf8Length(text) === Buffer.byteLength(text)));
  });
});

describe('the order of code points', () => {
  test('is that of the encoded bytes', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareByCodePoint(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  test('puts what is beyond U+FFFF last, where JavaScript does not', () => {
    expect(['\u{1f512}', '\uffee'].toSorted()).toEqual(['\u{1f512}', '\uffee']);
    expect(['\u{1f512}', '\uffee'].toSorted(compareByCodePoint)).toEqual(['\uffee', '\u{1f512}']);
  });
});
