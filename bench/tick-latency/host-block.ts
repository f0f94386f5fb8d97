/**
 * Blocks this thread for a share of the time: `chunkMs` at a stretch, then its event loop turns for the rest. What a
 * scheduler does on this thread comes out of the rest.
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
