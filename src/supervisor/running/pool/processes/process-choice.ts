import type { Clock } from '../../../ports/clock.ts';
import type { WorkerTask } from '../worker-task.ts';
import type { PoolProcess } from './pool-process.ts';

/** For how long after the end of a child its last plugin may not take the last one that is ready. */
const SUSPICION_MS = 2_000;

/**
 * Which idle child a task goes to: best to one that has loaded its plugin. But a plugin whose runs end their children,
 * one after the other, would use up those that are ready, and other plugins would wait for new ones. So for a while it
 * leaves one of them to others, and waits for a new child itself.
 */
export class ProcessChoice {
  readonly #clock: Clock;
  /** Until when each plugin is suspected, monotonic milliseconds. */
  readonly #suspects = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The child ends by what its last run did. */
  ended({ lastSourceId }: PoolProcess): void {
    if (lastSourceId !== null) this.#suspects.set(lastSourceId, this.#clock.monotonicMs() + SUSPICION_MS);
  }

  /** Null: the task is to get a new child. */
  idleFor({ message: { source } }: WorkerTask, processes: Iterable<PoolProcess>): PoolProcess | null {
    const idle = [...processes].filter((process) => process.isIdle);
    if (this.#isSuspected(source.id) && idle.filter(({ isReady }) => isReady).length < 2) return null;
    return idle.find(({ sourceIds }) => sourceIds.has(source.id)) ?? idle[0] ?? null;
  }

  #isSuspected(sourceId: string): boolean {
    const untilMs = this.#suspects.get(sourceId);
    if (untilMs === undefined) return false;
    if (untilMs > this.#clock.monotonicMs()) return true;
    this.#suspects.delete(sourceId);
    return false;
  }
}
