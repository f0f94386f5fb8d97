import type { LockingWarning } from '../../supervisor/ports/locking.ts';

/** Reads what `INFO memory` says: a server that may evict keys when its memory is full may forget locks that are held. */
export function evictionWarnings(info: unknown): readonly LockingWarning[] {
  const fieldOf = (name: string): string | undefined =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(String(info))?.[1]?.trim();
  const policy = fieldOf('maxmemory_policy') ?? 'noeviction';
  if (policy === 'noeviction' || !(Number(fieldOf('maxmemory')) > 0)) return [];
  const message =
    `Redis evicts keys when its memory is full (maxmemory-policy is ${policy}): it may forget locks that are held, ` +
    `and two nodes may run the same occurrence. Set maxmemory-policy to noeviction.`;
  return [{ code: 'lock-backend-evicts', message }];
}
