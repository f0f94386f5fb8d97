/** Who opened something: read off the stack of that moment. */

const DEPTH = 40;

export function stackFrames(): readonly string[] {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const { stack } = new Error('only for its stack');
  Error.stackTraceLimit = usual;
  return (
    stack
      ?.split('\n')
      .slice(1)
      .map((line) => line.trim())
      .filter((line) => !line.includes('/test/support/leaks/') || line.includes('.test.ts')) ?? []
  );
}

/** The innermost frame of the project, or else the outermost one. */
export function innermostFrame(frames: readonly string[]): string {
  return frames.find(isOurs) ?? frames.at(-1) ?? 'somewhere';
}

/** Whether the test runner did it for itself: none of the project's code is on the stack, and some of the runner's is. */
export function isOfTheRunner(frames: readonly string[]): boolean {
  return !frames.some(isOurs) && frames.some((line) => /\/node_modules\/(@vitest|vitest|vite)\//.test(line));
}

function isOurs(line: string): boolean {
  return /\/(src|test|bench|examples)\//.test(line) && !line.includes('/node_modules/');
}
