import { expect, test } from 'vitest';
import { RunProgress } from '../../src/workers/run-progress.ts';

test('progress is told at most ten times a second, but for the first completion', () => {
  const told: [number, string | undefined][] = [];
  const progress = new RunProgress((fraction, note) => told.push([fraction, note]));

  for (let count = 0; count < 1_000; count += 1) progress.report(count / 1_000, `step ${count}`);
  for (let count = 0; count < 1_000; count += 1) progress.report(7, 'done');

  expect(told[0]).toEqual([0, 'step 0']);
  expect(told.filter(([fraction]) => fraction === 1)).toEqual([[1, 'done']]);
  expect(told.length).toBeLessThan(10);
});

test('progress that is not a number is not told', () => {
  const told: number[] = [];
  const progress = new RunProgress((fraction) => told.push(fraction));

  progress.report(Number.NaN);
  progress.report('half' as never);
  progress.report(-1);

  expect(told).toEqual([0]);
});
