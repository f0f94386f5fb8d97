import { childIdsOf, processStat } from './proc-files.ts';
import type { SessionCensus } from './session-census.ts';

/**
 * The processes that the runs in a child have started and that outlive them. Those of a plugin with a `cleanup()` may
 * stay, and are charged to its own runs alone; any other is left behind.
 *
 * The list of processes is read only after a run that has started one: such a process is there, or it was waited for.
 */
export class StartedProcesses {
  readonly #pid: number;
  readonly #census: SessionCensus;
  /** Which plugin keeps a process. */
  readonly #keepers = new Map<number, string>();
  #waitedForFaults = 0;

  constructor(pid: number, census: SessionCensus) {
    this.#pid = pid;
    this.#census = census;
  }

  /** Those that nobody keeps. */
  left(): number[] {
    const stat = processStat(this.#pid);
    if (stat === null) return [];
    const { waitedForFaults } = stat;
    const hasWaited = waitedForFaults !== this.#waitedForFaults;
    if (!hasWaited && childIdsOf(this.#pid).every((pid) => this.#keepers.has(pid))) return [];
    this.#census.outdate();
    const left = this.#census.membersOf(this.#pid).filter((pid) => this.#isLeft(pid));
    if (left.length === 0) this.#waitedForFaults = waitedForFaults;
    return left;
  }

  /** The plugin keeps what it has started. */
  keep(sourceId: string): void {
    for (const pid of this.left()) this.#keepers.set(pid, sourceId);
    for (const pid of this.#keepers.keys()) if (processStat(pid) === null) this.#keepers.delete(pid);
  }

  /** Whether a process is to be charged to the runs of a plugin. */
  isChargedTo(sourceId: string | null, pid: number): boolean {
    const keeper = this.#keepers.size === 0 ? null : this.#keeperOf(pid);
    return keeper === null || keeper === sourceId;
  }

  #isLeft(pid: number): boolean {
    return pid !== this.#pid && this.#keeperOf(pid) === null && processStat(pid)?.isZombie === false;
  }

  /** What a kept process starts is kept too. */
  #keeperOf(pid: number): string | null {
    for (let each: number | null = pid; each !== null && each !== this.#pid; each = this.#census.parentOf(each)) {
      const keeper = this.#keepers.get(each);
      if (keeper !== undefined) return keeper;
    }
    return null;
  }
}
