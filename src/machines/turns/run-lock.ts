/**
 * How long a run lock lasts unless it is renewed. Most runs are over in a moment. A schedule whose last run was, asks for
 * a lock that expires by itself before another node may want it, so that nobody has to give it back.
 */

/** The ttl of a run lock once it is renewed, and of one that is given back. */
export const RUN_LOCK_TTL_MS = 15_000;
/** A run that takes no longer is short. It is over before its lock, however short that lasts, has to be renewed twice. */
const SHORT_RUN_MS = 250;
/** A node that waits for a lock which nobody needs any more waits for so long at most. */
export const SHORT_TTL_MS = 2_000;
/** A lock that would last for less is given back: it would have to be renewed at once. */
const SHORTEST_TTL_MS = 500;
/** A backend that takes longer to answer is too slow for locks that last so short. */
const QUICK_ANSWER_MS = 50;
/** Nodes know the backend's time to a few milliseconds, and the request takes its time. */
const MARGIN_MS = 50;

/**
 * The ttl of a lock that is asked for now.
 * @param untilNextMs How long it is until the schedule falls due again.
 * @param lastRunMs How long its last run took; undefined when that is not known.
 */
export function runLockTtlMs(untilNextMs: number, lastRunMs: number | undefined): number {
  if (lastRunMs === undefined || lastRunMs > SHORT_RUN_MS) return RUN_LOCK_TTL_MS;
  const ttlMs = Math.min(SHORT_TTL_MS, untilNextMs - MARGIN_MS);
  return ttlMs < SHORTEST_TTL_MS ? RUN_LOCK_TTL_MS : ttlMs;
}

/** Whether a backend answers so fast that short locks can be asked for. @param answerMs Of its last answer, if any. */
export function isQuick(answerMs: number | null): boolean {
  return answerMs !== null && answerMs <= QUICK_ANSWER_MS;
}

/** Whether a lock can be left to expire: by then nobody wants it yet, and no run by hand has to wait for long. */
export function mayExpire(expiresInMs: number, untilNextMs: number): boolean {
  return expiresInMs <= Math.min(SHORT_TTL_MS, untilNextMs);
}
