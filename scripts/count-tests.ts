/** Prints `passed failed` of a vitest report (JSON). A file that did not load and an empty report count as a failure. */
import { existsSync, readFileSync } from 'node:fs';

export interface TestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export function countTests(report: TestReport): { passed: number; failed: number } {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((assertion) => assertion.status !== 'failed'),
  );
  const none = report.numTotalTests === 0 && brokenFiles.length === 0 ? 1 : 0;
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length + none };
}

if (import.meta.main) {
  const path = process.argv[2] ?? '';
  const { passed, failed } = existsSync(path)
    ? countTests(JSON.parse(readFileSync(path, 'utf8')) as TestReport)
    : { passed: 0, failed: 1 };
  process.stdout.write(`${passed} ${failed}\n`);
}
