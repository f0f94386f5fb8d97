import type { WorkerUsage } from '../../worker-task.ts';
import { heldBytes, processStat } from './proc-files.ts';
import type { SessionCensus } from './session-census.ts';
import { StartedProcesses } from './started-processes.ts';

/** A child could fill its memory before it is first looked at. No child that is empty holds as much as this. */
const MAX_BASELINE_BYTES = 64 * 1_024 * 1_024;

/**
 * What a child and everything that it has started have used, by the accounts of the operating system.
 *
 * Memory is what they hold beyond an empty child, so that a budget means the same in a process as in a thread.
 */
export class GroupUsage {
  readonly #pid: number;
  readonly #census: SessionCensus;
  readonly started: StartedProcesses;
  #sourceId: string | null = null;
  /** The members that the last look has seen. */
  #known: ReadonlySet<number> = new Set();
  #baselineBytes = 0;
  #cpuMs = 0;

  constructor(pid: number, census: SessionCensus) {
    this.#pid = pid;
    this.#census = census;
    this.started = new StartedProcesses(pid, census);
  }

  /** The child has started and holds nothing yet. */
  markEmpty(): void {
    this.#baselineBytes = Math.min(heldBytes(this.#pid), MAX_BASELINE_BYTES);
  }

  /** From now on what is used is a run's of this plugin. What others keep in the child is not charged to it. */
  serve(sourceId: string): void {
    this.#sourceId = sourceId;
    this.#known = new Set([...this.#known].filter((pid) => this.#isCharged(pid)));
    this.#cpuMs = 0;
  }

  /** CPU time of the child and what it has started, without a look for new processes. */
  cpuMs(): number {
    let cpuMs = 0;
    for (const pid of new Set([this.#pid, ...this.#known])) cpuMs += processStat(pid)?.cpuMs ?? 0;
    // What an orphan used is gone with it, but CPU time never becomes less.
    this.#cpuMs = Math.max(this.#cpuMs, cpuMs);
    return this.#cpuMs;
  }

  look(): WorkerUsage | null {
    if (processStat(this.#pid)?.isZombie !== false) return null;
    this.#known = new Set(this.#census.membersOf(this.#pid).filter((pid) => this.#isCharged(pid)));
    const holders = this.#census.holdersOf(this.#pid).filter((pid) => this.#isCharged(pid));
    return { cpuMs: this.cpuMs(), heapBytes: Math.max(sumOf(holders) - this.#baselineBytes, 0) };
  }

  heldNow(): number | null {
    return this.look()?.heapBytes ?? null;
  }

  /** Memory of the child and what it has started, what an empty child holds included. */
  heldBytes(): number {
    return sumOf(this.#census.holdersOf(this.#pid));
  }

  #isCharged(pid: number): boolean {
    return this.started.isChargedTo(this.#sourceId, pid);
  }
}

function sumOf(pids: readonly number[]): number {
  return pids.reduce((bytes, pid) => bytes + heldBytes(pid), 0);
}
