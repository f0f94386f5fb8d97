import { createHash } from 'node:crypto';

const BLOCK = Buffer.alloc(16_384, 'work');
const TRIES = 9;
const ROUNDS_OF_A_TRY = 400;

/** Computes, and lets the thread do nothing else meanwhile. The same number of rounds is the same work everywhere. */
export function work(rounds: number): void {
  for (let round = 0; round < rounds; round += 1) createHash('sha256').update(BLOCK).digest();
}

/** How many rounds a core of this machine does in a millisecond when nobody disturbs it. */
export function measureRoundsPerMs(): number {
  const rates = Array.from({ length: TRIES }, () => {
    const fromMs = performance.now();
    work(ROUNDS_OF_A_TRY);
    return ROUNDS_OF_A_TRY / (performance.now() - fromMs);
  });
  return Math.max(...rates);
}
