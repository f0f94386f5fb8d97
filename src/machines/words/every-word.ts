/**
 * Lists of words whose types are declared elsewhere: in `plugin.ts`, which has no list, because it says what a plugin may
 * write, and in the reports. A list that has a type of its own stands beside it: see `../run.ts`.
 */
import type { LockingHint, MissedRunPolicy } from '../../plugin.ts';

/** The list, if it has every word of `T` and no other: `everyWord<Policy>()(['skip', …])`. The compiler holds it to that. */
export function everyWord<T extends string>() {
  return <const L extends readonly T[]>(list: L & (Exclude<T, L[number]> extends never ? unknown : never)): L => list;
}

export const MISSED_RUN_POLICIES = everyWord<MissedRunPolicy>()(['run-once', 'skip', 'run-all']);
export const LOCKING_HINTS = everyWord<LockingHint>()(['node-local', 'require-global', 'prefer-global']);
