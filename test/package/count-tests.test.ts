import { describe, expect, test } from 'vitest';
import { countTests } from '../../scripts/count-tests.ts';

const file = (status: string, ...assertions: string[]) => ({
  status,
  assertionResults: assertions.map((assertion) => ({ status: assertion })),
});
const report = (numPassedTests: number, numFailedTests: number, ...testResults: ReturnType<typeof file>[]) => ({
  numTotalTests: numPassedTests + numFailedTests,
  numPassedTests,
  numFailedTests,
  testResults,
});

describe('the sum of a test report', () => {
  test('is what vitest counted', () => {
    expect(countTests(report(3, 1, file('passed', 'passed'), file('failed', 'failed')))).toEqual({
      passed: 3,
      failed: 1,
    });
  });

  test('counts a file that did not load, or whose hook failed', () => {
    expect(countTests(report(1, 0, file('failed', 'passed'), file('failed')))).toEqual({ passed: 1, failed: 2 });
  });

  test('counts no tests at all as a failure', () => {
    expect(countTests(report(0, 0))).toEqual({ passed: 0, failed: 1 });
  });
});
