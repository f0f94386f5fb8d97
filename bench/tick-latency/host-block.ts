/**
 * Blocks this thread: it computes for `busyMs`, and then its event loop turns for `freeMs`. A scheduler on this thread
 * has only the time between the blocks. Does nothing if `busyMs` is 0.
 */
export function blockHost(busyMs: number, freeMs: number): { stop(): void } {
  if (busyMs === 0) return { stop: () => {} };
  let timer: NodeJS.Timeout;
  const turn = (): void => {
    const untilMs = performance.now() + busyMs;
    while (performance.now() < untilMs);
    timer = setTimeout(turn, freeMs);
  };
  timer = setTimeout(turn, 0);
  return { stop: () => clearTimeout(timer) };
}
