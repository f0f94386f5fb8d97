import { describe, expect, test } from 'vitest';
import type { Sample } from './sample.ts';
import { rowOf } from './table.ts';
import { judge, leastOf } from './verdict.ts';

const sample = (own: Partial<Sample> = {}): Sample => ({
  residentMb: 100,
  proportionalMb: 80,
  anonymousMb: 60,
  hostHeapMb: 10,
  supervisorUsedMb: 15,
  supervisorHeldMb: 20,
  descriptors: 30,
  threads: 9,
  ...own,
});
const campaign = (first: Partial<Sample>, second: Partial<Sample>, last: Partial<Sample>): Sample[] => [
  sample(first),
  sample(second),
  ...Array.from({ length: 7 }, () => sample()),
  sample(last),
];

describe('the verdict on a campaign', () => {
  test('takes the least of each figure of a tenth, because what is kept shows in every sample', () => {
    const least = leastOf([sample({ residentMb: 140, threads: 8 }), sample({ residentMb: 101 })]);
    expect(least).toEqual(sample({ residentMb: 101, threads: 8 }));
  });

  test('allows three percent between the second tenth and the last, and does not look at the first', () => {
    expect(judge(campaign({ residentMb: 50 }, {}, { residentMb: 102.9 })).problems).toEqual([]);
    expect(judge(campaign({}, {}, { residentMb: 103.1 })).problems).toEqual([
      'memory grew by 3.1 %, and 3.0 % are allowed',
    ]);
    expect(judge(campaign({}, { residentMb: 110 }, {})).growth).toBeCloseTo(-0.09);
  });

  test('allows not one open descriptor or thread more, and none fewer', () => {
    expect(judge(campaign({}, {}, { descriptors: 31 })).problems).toEqual([
      'there were 30 open descriptors, and there are 31',
    ]);
    expect(judge(campaign({}, {}, { threads: 10 })).problems).toEqual(['there were 9 threads, and there are 10']);
  });

  test('fits into a terminal of 80 columns', () => {
    expect(rowOf(10, sample({ residentMb: 1_234.5 })).length).toBeLessThanOrEqual(80);
  });
});
