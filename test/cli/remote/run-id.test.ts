import { expect, test } from 'vitest';
import { runIdAmong } from '../../../src/cli/remote/run-id.ts';

const runs = ['0a1', '0b2', '0b2', '0c3', '0d4', '0e5', '0f6', '1a7'].map((runId) => ({ runId }));

test('the beginning of an id stands for the one run that has it', () => {
  expect(runIdAmong(runs, '1')).toBe('1a7');
  // A run that has just ended may be found among those in progress, too.
  expect(runIdAmong(runs, '0B')).toBe('0b2');
  expect(runIdAmong(runs, '2')).toBeUndefined();
});

test('the beginning of several ids is refused', () => {
  expect(() => runIdAmong(runs, '0')).toThrow(
    'The ids of several runs begin with "0": 0a1, 0b2, 0c3, 0d4, 0e5, and 1 more. Write more of it.',
  );
});
