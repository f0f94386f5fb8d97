import { describe, expect, test } from 'vitest';
import { RunProgress } from '../../../src/workers/context/run-progress.ts';

describe('the progress of a run', () => {
  test('is sent at most ten times a second, except for the first completion', () => {
    const sent: [number, string | undefined][] = [];
    const progress = new RunProgress((fraction, note) => sent.push([fraction, note]));

    for (let count = 0; count < 1_000; count += 1) progress.report(count / 1_000, `step ${count}`);
    for (let count = 0; count < 1_000; count += 1) progress.report(7, 'done');

    expect(sent[0]).toEqual([0, 'step 0']);
    expect(sent.filter(([fraction]) => fraction === 1)).toEqual([[1, 'done']]);
    expect(sent.length).toBeLessThan(10);
  });

  test('is clamped, and dropped when it is not a number', () => {
    const sent: number[] = [];
    const progress = new RunProgress((fraction) => sent.push(fraction));

    progress.report(Number.NaN);
    progress.report('half' as never);
    progress.report(-1);

    expect(sent).toEqual([0]);
  });
});
