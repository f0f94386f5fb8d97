import type { LiveSchedule } from '../schedules/live-schedule.ts';

/** Schedules that wait, each once: those of one tenant in the order in which they came, and tenants by turns. */
export class TenantTurns {
  /** By tenant, in the order of their turns. */
  readonly #tenants = new Map<string | undefined, Set<LiveSchedule>>();

  get isEmpty(): boolean {
    return this.#tenants.size === 0;
  }

  /** The schedule whose turn it is. */
  get first(): LiveSchedule | undefined {
    return this.#tenants.values().next().value?.values().next().value;
  }

  add(schedule: LiveSchedule): void {
    const tenant = tenantOf(schedule);
    const known = this.#tenants.get(tenant);
    if (known === undefined) this.#tenants.set(tenant, new Set([schedule]));
    else known.add(schedule);
  }

  delete(schedule: LiveSchedule): void {
    const tenant = tenantOf(schedule);
    const own = this.#tenants.get(tenant);
    if (own?.delete(schedule) === true && own.size === 0) this.#tenants.delete(tenant);
  }

  /** The tenant of the first schedule has had its turn. */
  turnOver(): void {
    const [next] = this.#tenants;
    if (next === undefined) return;
    this.#tenants.delete(next[0]);
    this.#tenants.set(...next);
  }
}

function tenantOf({ definition }: LiveSchedule): string | undefined {
  return definition.source.tenantId;
}
