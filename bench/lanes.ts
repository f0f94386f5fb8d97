/**
 * Keeps one piece of work in flight in each lane until `endAtMs` (of `performance.now()`), and lets the last ones end.
 * Resolves to how many have ended.
 */
export async function inLanes(
  lanes: number,
  endAtMs: number,
  work: (lane: number) => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const one = async (lane: number): Promise<void> => {
    while (performance.now() < endAtMs) {
      await work(lane);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => one(lane)));
  return count;
}

/** The rate of `count` since `fromMs`, as a whole number a second. */
export function perSecond(count: number, fromMs: number): number {
  return Math.round((count / (performance.now() - fromMs)) * 1_000);
}
