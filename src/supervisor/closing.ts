import { reasonOf } from '../wire/error-record.ts';
import { THREADS_STUCK } from '../wire/fault-notice.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Engine } from './engine.ts';
import type { Locker } from './locking/locker.ts';
import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { PluginCalls } from './ports/plugin-calls.ts';
import type { RunPool } from './ports/run-pool.ts';
import type { StateStore } from './ports/store.ts';
import { within } from './ports/within.ts';
import type { SupervisorEvent } from './protocol.ts';
import type { NotEnded, StopReport } from './scheduler-reports.ts';

/** What a stop may take beyond its drain and the grace of the runs. The host waits two seconds at most. */
const CLOSE_LIMIT_MS = 1_700;
/** Every part is given at least this time, so that one part that hangs does not keep the others from being closed. */
const LEAST_MS = 50;

/** How much of the time that is left one part may take. */
export interface TimeShare {
  /** What has to be left for the parts that are closed after it. */
  readonly reservedMs: number;
  readonly atMostMs?: number;
}

/** What a node closes after its drain. */
export interface ClosedParts {
  readonly pool: RunPool;
  readonly calls: Pick<PluginCalls, 'close'>;
  readonly cluster: Pick<Cluster, 'close'>;
  readonly locker: Pick<Locker, 'close'>;
  readonly store: StateStore;
}

/** What a node stops. */
export interface StoppedParts extends ClosedParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly emit: (event: SupervisorEvent) => void;
  readonly engine: Pick<Engine, 'live' | 'stop' | 'close'>;
  /** What looks at the node from time to time. */
  readonly watches: readonly { close(): void }[];
}

/**
 * Drains and closes a node within the drain, the longest grace and `CLOSE_LIMIT_MS`.
 * @param closed Called when all is closed but the log.
 */
export async function stopNode(drainMs: number, parts: StoppedParts, closed: () => void): Promise<StopReport> {
  const { clock, log, emit, engine, watches } = parts;
  const graceMs = engine.live.longestGraceMs();
  emit({ type: 'stopping', event: { graceMs } });
  const closing = new Closing(clock, log, clock.monotonicMs() + drainMs + graceMs + CLOSE_LIMIT_MS);
  for (const watch of watches) watch.close();
  const report = await engine.stop(drainMs);
  await closing.closeAll(parts);
  engine.close();
  closed();
  return closing.finish(report);
}

/** Closes the parts of a node in the time that a stop has left, and remembers what could not be closed in it. */
export class Closing {
  readonly notEnded: NotEnded[] = [];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #untilMs: number;

  /** @param untilMs When everything has to be over, by the clock's monotonic time. */
  constructor(clock: Clock, log: Logger, untilMs: number) {
    [this.#clock, this.#log, this.#untilMs] = [clock, log, untilMs];
  }

  /** The drain is over: whatever the threads of the pool still do, they are ended first, and the store last. */
  async closeAll({ pool, calls, cluster, locker, store }: ClosedParts): Promise<void> {
    await this.close('pool', () => pool.close(), { reservedMs: 600 });
    const { quarantined } = pool.stats();
    if (quarantined > 0) this.leave('thread', `${quarantined} of the pool do not exit: ${THREADS_STUCK}`);
    await this.close('calls', () => calls.close(), { reservedMs: 500, atMostMs: 500 });
    await this.close('cluster', () => cluster.close(), { reservedMs: 400 });
    await this.close('locks', () => locker.close(), { reservedMs: 300 });
    await this.close('store', () => store.close(this.#clock.nowMs()), { reservedMs: 100 });
  }

  /** Writes the last lines of the log, and completes the report of the drain. */
  async finish(report: StopReport): Promise<StopReport> {
    const { finished, aborted, killed } = report;
    const counts = { finished: finished.length, aborted: aborted.length, killed: killed.length };
    this.#log.info(counts, 'scheduler stopped');
    // A reader that has stopped reading must not keep the process from ending.
    await this.close('log', this.#log.flush, { reservedMs: 0, atMostMs: 1_000 });
    return this.notEnded.length === 0 ? report : { ...report, notEnded: this.notEnded };
  }

  /** Closes one part. Resolves when it is closed, when that has failed, or when its time is over. */
  async close(what: NotEnded['what'], close: () => Promise<unknown>, share: TimeShare): Promise<void> {
    const leftMs = this.#untilMs - this.#clock.monotonicMs() - share.reservedMs;
    const limitMs = Math.max(LEAST_MS, Math.min(Math.floor(leftMs), share.atMostMs ?? Number.POSITIVE_INFINITY));
    try {
      // The call itself may throw, since a backend may be the user's own.
      await within(this.#clock, Promise.resolve().then(close), { limitMs, who: `closing the ${what}` });
    } catch (error) {
      this.leave(what, reasonOf(error));
    }
  }

  leave(what: NotEnded['what'], reason: string): void {
    this.notEnded.push({ what, reason });
    this.#log.error({ what, reason }, 'could not be closed');
  }
}
