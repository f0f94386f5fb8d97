/**
 * `npm run bench:check`: says which goals of speed the figures in `bench/results` reach. Fails if one does not hold.
 */
import { readResult } from '../results.ts';
import { GOALS } from './goals.ts';

let failed = 0;
let unmeasured = 0;
for (const { bench, what, goal, read, holds } of GOALS) {
  const result = readResult(bench);
  const value = result === null ? null : read(result.figures);
  const coarse = result?.isQuick ? ', measured with --quick' : '';
  if (value === null || Number.isNaN(value)) {
    unmeasured += 1;
    console.log(`not measured  ${what}: ${goal}`);
    continue;
  }
  const isReached = holds(value);
  if (!isReached) failed += 1;
  console.log(`${isReached ? 'holds       ' : 'DOES NOT    '}  ${what}: ${goal}, and it is ${value}${coarse}`);
}
console.log(`${failed} of ${GOALS.length} goals do not hold, ${unmeasured} were not measured`);
process.exitCode = failed > 0 ? 1 : 0;
