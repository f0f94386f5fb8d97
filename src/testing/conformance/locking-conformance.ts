/**
 * The rules that every lock backend must keep, as cases for any test runner. Modelled on the suites of ShedLock's lock
 * providers and of River's leader election.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { LockingPlugin } from '../../supervisor/ports/locking.ts';
import type { ConformanceCase, ConformanceOptions } from './conformance-case.ts';
import { CLUSTER_RULES } from './locking-cluster-rules.ts';
import { NEWS_RULES } from './locking-news-rules.ts';
import type { LockingNodes } from './locking-nodes.ts';
import { LOCK_RULES } from './locking-rules.ts';

/** Makes another node on the same locks with each call. */
export type LockingFactory = () => LockingPlugin | Promise<LockingPlugin>;

/** The cases, in order. Each makes its own nodes and keys, and cleans up after itself. */
export function lockingConformance(factory: LockingFactory, options: ConformanceOptions = {}): ConformanceCase[] {
  const wait = options.wait ?? ((ms) => pause(ms));
  return [...LOCK_RULES, ...CLUSTER_RULES, ...NEWS_RULES].map(([name, check]) => ({
    name,
    run: () => withNodes(factory, wait, check),
  }));
}

async function withNodes(
  factory: LockingFactory,
  wait: (ms: number) => Promise<void>,
  check: (nodes: LockingNodes) => Promise<void>,
): Promise<void> {
  const made: LockingPlugin[] = [];
  const node = async (): Promise<LockingPlugin> => {
    const backend = await factory();
    made.push(backend);
    return backend;
  };
  try {
    await check({ key: `conformance ${randomUUID()}`, node, wait });
  } finally {
    for (const backend of made) await backend.cleanup?.();
  }
}
