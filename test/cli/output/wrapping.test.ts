import { afterEach, describe, expect, test, vi } from 'vitest';
import { widthOf, wrapped, wrappedColumns } from '../../../src/cli/output/wrapping.ts';

describe('text that is wrapped', () => {
  test('breaks between words, and keeps its own lines and its indent', () => {
    expect(wrapped('one two three\n  four five six', 10)).toEqual(['one two', 'three', '  four', '  five six']);
    expect(wrapped('one two three', 11, '    ')).toEqual(['    one two', '    three']);
  });

  test('keeps a word whole that is longer than the line', () => {
    expect(wrapped('see https://example.com/a/long/path now', 12)).toEqual([
      'see',
      'https://example.com/a/long/path',
      'now',
    ]);
  });

  test('leaves source code and frames of a stack as they are', () => {
    const source = '    3 |   schedules() { return [{ id: 1 }] },\n      |             ^^^\n    at f (/a/b/c.ts:1:2)';
    expect(wrapped(source, 20).join('\n')).toBe(source);
  });

  test('may have two columns, of which a wide left one has a line of its own', () => {
    const rows = [
      ['--a', 'what this does'],
      ['--a-very-long-option', 'what that does'],
    ] as const;
    expect(wrappedColumns(rows, 20)).toEqual([
      '  --a  what this',
      '       does',
      '  --a-very-long-option',
      '       what that',
      '       does',
    ]);
  });
});

describe('the width of a stream', () => {
  afterEach(() => void vi.unstubAllEnvs());

  test.each([
    ['', { columns: 120 }, 120],
    ['', { columns: 3 }, 40],
    ['', { columns: 0 }, 80],
    ['', {}, undefined],
    ['60', { columns: 120 }, 60],
    ['60', {}, 60],
    ['0', { columns: 120 }, 120],
    ['-5', { columns: 120 }, 120],
    ['wide', { columns: 120 }, 120],
    ['1.5', {}, undefined],
  ])('with COLUMNS=%s is that of %j', (said, stream, width) => {
    vi.stubEnv('COLUMNS', said);
    expect(widthOf(stream)).toBe(width);
  });
});
