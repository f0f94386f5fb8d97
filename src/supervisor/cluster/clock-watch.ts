/**
 * Keeps this node's clock at the backend's: reads it before anything is planned, takes in what the backend says of it
 * along the way, and asks when nothing was said for a while. Warns when the machine's own clock is far off.
 */
import { BackendError } from '../../errors.ts';
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { previewOf } from '../../wire/value-preview.ts';
import { ANSWER_LIMIT_MS } from '../locking/lock-channel.ts';
import { nameOf } from '../locking/lock-replies.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { LockingPlugin } from '../ports/locking.ts';
import type { StateStore } from '../ports/store.ts';
import { within } from '../ports/within.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import { ClusterClock } from './cluster-clock.ts';

/** How often the clock is read at the start: each short round trip tells more exactly how late it is. */
const FIRST_READINGS = 4;
/** After so long without a reading the clock is asked for: a little later than a node's own sign of life has it. */
const SILENCE_MS = 12_000;
/** From here on a machine's clock is so wrong that an operator should see to it. */
const MAX_SKEW_MS = 5_000;

export interface ClockWatchParts {
  /** The clock of this machine. */
  readonly machine: Clock;
  readonly store: StateStore;
  readonly locking: LockingPlugin | null;
  readonly warn: (warning: SchedulerWarning) => void;
}

/** Where the time can be asked for. */
interface TimeSource {
  readonly name: string;
  /** As in messages, such as `store "postgres"`. */
  readonly who: string;
  /** Its wall clock, epoch milliseconds. */
  readonly read: () => Promise<number>;
}

export class ClockWatch {
  /** What the node goes by. */
  readonly clock: ClusterClock;
  readonly #isStoreShared: boolean;
  readonly #source: TimeSource | null;
  readonly #warn: (warning: SchedulerWarning) => void;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #hasWarned = false;
  #cancel: Cancel = () => {};
  #isClosed = false;

  constructor({ machine, store, locking, warn }: ClockWatchParts) {
    this.#isStoreShared = store.isShared === true;
    this.#source = this.#isStoreShared ? sourceIn(store, 'store') : locking && sourceIn(locking, 'lock backend');
    // What a shared store reports unasked has its time too, even if it cannot be asked.
    this.clock = new ClusterClock(machine, { isFollowing: this.#isStoreShared || this.#source !== null });
    this.#warn = warn;
  }

  /**
   * Rejects with a `BackendError` when the clock cannot be read: by the wrong time a node would plan what no node can
   * undo.
   */
  async start(): Promise<void> {
    const source = this.#source;
    if (source === null) return;
    try {
      for (let count = 0; count < FIRST_READINGS; count += 1) {
        await this.#ask(source).catch(() => this.#ask(source));
      }
    } catch (error) {
      throw new BackendError(source.name, `its clock cannot be read: ${reasonOf(error)}`, { cause: error });
    }
    this.clock.begin();
    this.listen();
  }

  /** Goes by the clock of the machine until the backend's is known, and asks for that from time to time. */
  listen(): void {
    if (this.#source !== null) this.#listen(this.#source);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** A reading came in, however it was made. */
  readonly measured = (reading: ClockReading): void => {
    this.#take(reading);
  };

  /** The lock backend has said what time it is. Nodes that share a store go by the store's clock alone. */
  readonly measuredByLocks = (reading: ClockReading): void => {
    if (!this.#isStoreShared) this.#take(reading);
  };

  /** Returns false for a reading that cannot be true, which changes nothing. */
  #take(reading: ClockReading): boolean {
    const { clock } = this;
    if (!clock.measured(reading)) return false;
    this.#measuredAtMs = clock.monotonicMs();
    const [skewMs, errorMs] = [clock.skewMs ?? 0, clock.errorMs ?? 0];
    const isFar = Math.abs(skewMs) - errorMs > MAX_SKEW_MS;
    if (isFar && !this.#hasWarned) this.#warn(clockSkewed(skewMs, clock));
    this.#hasWarned = isFar;
    return true;
  }

  /** Asks from time to time, unless readings come in by themselves. */
  #listen(source: TimeSource): void {
    if (this.#isClosed) return;
    const { clock } = this;
    const dueInMs = this.#measuredAtMs + SILENCE_MS - clock.monotonicMs();
    // A failure needs no report: whoever needs the backend meets it too, and the clock goes on by itself.
    if (dueInMs <= 0) void this.#ask(source).catch(() => {});
    this.#cancel = clock.sleep(dueInMs > 0 ? dueInMs : SILENCE_MS, () => this.#listen(source));
  }

  async #ask({ who, read }: TimeSource): Promise<void> {
    const { clock } = this;
    const askedAtMonotonicMs = clock.monotonicMs();
    const answer = new Promise<number>((resolve) => resolve(read()));
    const nowMs = await within(clock, answer, { limitMs: ANSWER_LIMIT_MS, who });
    const isTaken = this.#take({ nowMs, askedAtMonotonicMs, answeredAtMonotonicMs: clock.monotonicMs() });
    if (!isTaken) throw new TypeError(`${who} must give its clock in epoch milliseconds, not ${previewOf(nowMs)}`);
  }
}

/** Null for a backend that cannot be asked for the time. */
function sourceIn(backend: StateStore | LockingPlugin, kind: string): TimeSource | null {
  if (backend.readClock === undefined) return null;
  const name = nameOf(backend);
  return { name, who: `${kind} "${name}"`, read: () => (backend as Required<typeof backend>).readClock() };
}

function clockSkewed(skewMs: number, { isFollowing }: ClusterClock): SchedulerWarning {
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  const effect = isFollowing
    ? `This node goes by that clock, so its runs start on time; but what plugins read from Date.now(), and the times in the log, are wrong.`
    : `This backend gives nodes no clock to go by, so runs start that much ${skewMs > 0 ? 'early' : 'late'}. Occurrences still run once.`;
  const message = `The clock of this machine is ${seconds} s ${direction} that of the backend which the nodes share. ${effect}`;
  return { code: 'clock-skewed', message };
}
