import type { RunTrigger } from '../../machines/run.ts';
import { RUN_LOCK_TTL_MS } from '../../machines/turns/run-lock.ts';
import type { LockingHint } from '../../plugin.ts';
import type { LockAttempt } from '../ports/locking.ts';

/** How long an occurrence claim is kept: far beyond any clock skew or retry. The last one is kept for ever. */
const CLAIM_TTL_MS = 3_600_000;

/** What an occurrence needs before it may run. */
export interface LockRequest {
  readonly key: string;
  readonly scheduledAtMs: number;
  /** The occurrence comes again, and the claim of an earlier pass may still be held: this one has its own. */
  readonly pass?: number | undefined;
  /**
   * The lost run of the same occurrence. It took that occurrence's claim with it, so this run claims under another key.
   */
  readonly recoveryOf?: string | undefined;
  /** A run by hand is due whatever time it is. */
  readonly trigger: RunTrigger;
  readonly hint: LockingHint;
  /** The run lock lasts for so long unless it is renewed. Default `RUN_LOCK_TTL_MS`. */
  readonly ttlMs?: number;
  /** Whether the run may still begin. It is not asked for again if not. */
  readonly isWanted?: () => boolean;
}

/** The locks to take: the run lock on the schedule's key and, unless claims are in the store, the occurrence's claim. */
export function attemptOf(request: LockRequest, { claimsInStore }: { readonly claimsInStore: boolean }): LockAttempt {
  const { key, scheduledAtMs: atMs, pass, trigger, recoveryOf, ttlMs = RUN_LOCK_TTL_MS } = request;
  const runLock = { key, ttlMs };
  const waits = trigger !== 'clock' && { isWaiting: true };
  if (claimsInStore) return { locks: [runLock], ...waits };
  const claim = { key: claimKey(request), ttlMs: CLAIM_TTL_MS };
  // What is triggered by hand comes between occurrences, and a recovery after its own.
  if (trigger === 'manual' || recoveryOf !== undefined) return { locks: [runLock, claim], ...waits };
  const of = pass === undefined ? key : `${key}/${pass}`;
  return { locks: [runLock, { ...claim, occurrence: { of, atMs } }], ...waits };
}

/** The key of the lock that is an occurrence's claim. */
export function claimKey({ key, scheduledAtMs, pass, recoveryOf }: LockRequest): string {
  const occurrence = pass === undefined ? `${key}@${scheduledAtMs}` : `${key}@${scheduledAtMs}/${pass}`;
  return recoveryOf === undefined ? occurrence : `${occurrence}#${recoveryOf}`;
}
