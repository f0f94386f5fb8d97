import { expect, test } from 'vitest';
import { duration, measured } from '../../../examples/side-by-side/showing/numbers.ts';
import { painted, table, wrapped } from '../../../examples/side-by-side/showing/pieces.ts';

test('text breaks between words, and further lines are indented', () => {
  expect(wrapped('one two three four', 9, 2)).toEqual(['one two', '  three', '  four']);
  expect(wrapped('a-word-that-is-too-long for it', 9, 2)).toEqual(['a-word-that-is-too-long', '  for it']);
  expect(wrapped('', 9, 2)).toEqual(['']);
});

test('a line is cut at the edge of the screen, in whichever piece that is', () => {
  const line = [{ text: 'abc' }, { text: 'def' }, { text: 'ghi' }];
  expect(painted(line, 5)).toBe('abcde');
  expect(painted(line, 3)).toBe('abc');
  expect(painted(line)).toBe('abcdefghi');
});

test('columns are as wide as their widest cell', () => {
  expect(
    table([
      ['', 'a', 'bb'],
      ['name', '12', ''],
    ]),
  ).toEqual(['       a  bb', 'name  12']);
});

test.each([
  [0.04, '0.0 ms'],
  [9.94, '9.9 ms'],
  [9.96, '10 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [61_000, '61.0 s'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('what never happened, and what was not measured', () => {
  expect([measured(12), measured(Number.POSITIVE_INFINITY), measured(null)]).toEqual(['12 ms', 'never', '–']);
});
