import { expect, test } from 'vitest';
import { problemCountText } from '../../../src/machines/operating/schedule-lists.ts';

test.each([
  [1, '1 problem'],
  [99, '99 problems'],
  [100, 'at least 100 problems'],
])('%d problems that were told are said to be %s', (count, text) => {
  expect(problemCountText(count, 'problem', 'problems')).toBe(text);
});
