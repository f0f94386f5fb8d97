import type { LockHandle, LockingPlugin } from '../../supervisor/ports/locking.ts';
import { must, mustResolve } from './conformance-case.ts';

/** What a rule is checked with. */
export interface LockingNodes {
  /** A key that no other case uses. Keys that begin with it are this case's, too. */
  readonly key: string;
  /** Makes another node. */
  node(): Promise<LockingPlugin>;
  wait(ms: number): Promise<void>;
}

export type LockingRule = readonly [name: string, check: (nodes: LockingNodes) => Promise<void>];

/** Long enough not to expire within a case. */
export const LONG_MS = 60_000;
/** Short enough for a case to wait until it has passed. */
export const SHORT_MS = 400;
/** How much longer than a ttl a case waits for the lock to expire. */
export const SLACK_MS = 150;

/** Takes a lock that must be free. */
export async function taken(node: LockingPlugin, key: string, ttlMs = LONG_MS): Promise<LockHandle> {
  const handle = await mustResolve(node.tryLock(key, ttlMs), 'a lock that is free cannot be taken');
  must(handle !== null, 'a lock that is free is reported as contended');
  return handle;
}

/** Asks for a lock that may be held. Null is contention. */
export function tried(node: LockingPlugin, key: string): Promise<LockHandle | null> {
  return mustResolve(
    node.tryLock(key, LONG_MS),
    'contention is reported by a rejection, but must be null: a rejection means that the backend is broken',
  );
}

/** Whether the key is held, as another node sees it. If it is free, it is held for the moment of the check. */
export async function isHeld(node: LockingPlugin, key: string): Promise<boolean> {
  const handle = await tried(node, key);
  if (handle !== null) await node.release(handle);
  return handle === null;
}
