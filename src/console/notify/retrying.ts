/** When to try again what a web service did not take. */

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 10 * 60_000;
/** A server may ask for more patience, but not for any amount of it. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * How long to wait before the next attempt: twice as long after each, up to ten minutes. Half of it is by chance, so
 * that nodes which failed together do not come back together.
 * @param failures How many attempts have failed, from 1.
 */
export function retryDelayMs(failures: number, random: () => number): number {
  const fullMs = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), MAX_DELAY_MS);
  return fullMs / 2 + (random() * fullMs) / 2;
}

/** How long a `Retry-After` header asks to wait, in milliseconds; 0 for one that makes no sense, or is absent. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const askedMs = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(askedMs) ? 0 : Math.min(Math.max(askedMs, 0), MAX_RETRY_AFTER_MS);
}
