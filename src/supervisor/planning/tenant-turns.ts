import type { LiveSchedule } from '../schedules/live-schedule.ts';

/**
 * Schedules that wait for one pool, each once. Tenants take turns, and so do the shares of one tenant. In a share the
 * schedules go in the order in which they came. A share without room lets the others pass.
 */
export class TenantTurns {
  /** By tenant and share, both in the order of their turns. */
  readonly #tenants = new Map<string | undefined, Map<string, Set<LiveSchedule>>>();
  /** The share of each schedule. A reload may change what its definition says. */
  readonly #shares = new Map<LiveSchedule, string>();
  /** How many schedules wait for each share. */
  readonly #counts = new Map<string, number>();

  /** Any of the schedules; undefined when none waits. */
  get any(): LiveSchedule | undefined {
    return this.#shares.keys().next().value;
  }

  has(schedule: LiveSchedule): boolean {
    return this.#shares.has(schedule);
  }

  /** Whether any schedule waits for that share. */
  isAwaited(share: string): boolean {
    return this.#counts.has(share);
  }

  /** Does nothing when the schedule waits for that share already. */
  add(schedule: LiveSchedule, share: string): void {
    if (this.#shares.get(schedule) === share) return;
    this.delete(schedule);
    const tenant = tenantOf(schedule);
    const shares = this.#tenants.get(tenant) ?? new Map<string, Set<LiveSchedule>>();
    const own = shares.get(share) ?? new Set();
    this.#tenants.set(tenant, shares.set(share, own.add(schedule)));
    this.#shares.set(schedule, share);
    this.#counts.set(share, (this.#counts.get(share) ?? 0) + 1);
  }

  delete(schedule: LiveSchedule): void {
    const tenant = tenantOf(schedule);
    const share = this.#shares.get(schedule);
    const shares = this.#tenants.get(tenant);
    if (share === undefined || shares === undefined) return;
    this.#shares.delete(schedule);
    const count = (this.#counts.get(share) ?? 0) - 1;
    if (count > 0) this.#counts.set(share, count);
    else this.#counts.delete(share);
    const own = shares.get(share);
    own?.delete(schedule);
    if (own?.size === 0) shares.delete(share);
    if (shares.size === 0) this.#tenants.delete(tenant);
  }

  /** Takes out the first schedule that may go: its tenant and its share have had their turn. Undefined: none may. */
  take(mayGo: (schedule: LiveSchedule) => boolean): LiveSchedule | undefined {
    for (const [tenant, shares] of this.#tenants) {
      for (const [share, [first]] of shares) {
        if (first === undefined || !mayGo(first)) continue;
        moveToEnd(this.#tenants, tenant);
        moveToEnd(shares, share);
        this.delete(first);
        return first;
      }
    }
    return undefined;
  }
}

function moveToEnd<K, V>(map: Map<K, V>, key: K): void {
  const value = map.get(key) as V;
  map.delete(key);
  map.set(key, value);
}

function tenantOf({ definition }: LiveSchedule): string | undefined {
  return definition.source.tenantId;
}
