/**
 * Blocks this thread for a share of the time: for `chunkMs` at a stretch, and then its event loop turns. A scheduler on
 * this thread has only the time between the blocks.
 */
export function blockHost(duty: number, chunkMs: number): { stop(): void } {
  if (duty === 0) return { stop: () => {} };
  const restMs = (chunkMs * (1 - duty)) / duty;
  let timer: NodeJS.Timeout;
  const turn = (): void => {
    const untilMs = performance.now() + chunkMs;
    while (performance.now() < untilMs);
    timer = setTimeout(turn, restMs);
  };
  timer = setTimeout(turn, 0);
  return { stop: () => clearTimeout(timer) };
}
