import type { LockHandle, LockingPlugin } from '../../supervisor/ports/locking.ts';
import { must, mustResolve } from './conformance-case.ts';

/** What a rule is tried on. */
export interface LockingNodes {
  /** A key that nobody else uses, and the beginning of others. */
  readonly key: string;
  /** One more node. */
  node(): Promise<LockingPlugin>;
  wait(ms: number): Promise<void>;
}

export type LockingRule = readonly [name: string, check: (nodes: LockingNodes) => Promise<void>];

/** Long enough not to expire within a case. */
export const LONG_MS = 60_000;
/** Short enough to be waited for. */
export const SHORT_MS = 400;
/** How much longer than a ttl is waited for its end. */
export const SLACK_MS = 150;

/** A lock that has to be free. */
export async function taken(node: LockingPlugin, key: string, ttlMs = LONG_MS): Promise<LockHandle> {
  const handle = await mustResolve(node.tryLock(key, ttlMs), 'a lock that is free cannot be taken');
  must(handle !== null, 'a lock that is free is told as contended');
  return handle;
}

/** What a node answers that asks for a key: null is contention. */
export function tried(node: LockingPlugin, key: string): Promise<LockHandle | null> {
  return mustResolve(
    node.tryLock(key, LONG_MS),
    'contention is told by a rejection, and has to be null: a rejection means that the backend is broken',
  );
}

/** Whether the key is held, as another node sees it. Takes nothing for longer than a moment. */
export async function isHeld(node: LockingPlugin, key: string): Promise<boolean> {
  const handle = await tried(node, key);
  if (handle !== null) await node.release(handle);
  return handle === null;
}
