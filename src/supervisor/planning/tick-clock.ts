/**
 * Wakes the supervisor when the earliest occurrence falls due.
 *
 * One sleep at a time, never longer than the clock's `maxSleepMs`, because a sleep is measured in monotonic time and
 * occurrences in wall time: a step of the wall clock is seen within one sleep. At every wake-up both clocks are
 * compared, and whatever the timer did, a tick happens only if an occurrence is due by the wall clock: nothing starts
 * early, also after a step backwards.
 */
import type { Cancel, Clock, Instant } from '../ports/clock.ts';

/** A difference between the two clocks' progress that counts as a jump. */
const JUMP_MS = 1_000;

/**
 * While a few schedules are not at rest, the thread waits for an instant in steps of this length, and hears its messages
 * between them. With more of them it does not wait: it has enough to do.
 */
const DEAF_MS = 0.25;
const FEW = 4;

/** What the clock ticks for. */
export interface Ticked {
  /** Whether it is in the middle of the work of an earlier tick. */
  readonly isWorking: boolean;
  /** Something is due. Returns the earliest instant at which something else will be, by the wall clock. */
  tick(at: Instant): number;
}

export interface TickClockParts {
  readonly clock: Clock;
  readonly ticked: Ticked;
  /** While nothing is live the thread may be deaf for as long as `tailMs`. */
  readonly actors: { readonly liveCount: number };
  readonly listener: TickClockListener;
}

export interface TickClockListener {
  /** At every wake-up, due or not: the thread is alive. */
  woke(at: Instant): void;
  /** The wall clock jumped (either way), or the thread slept through (positive). */
  jumped(byMs: number): void;
  /** The thread, and as a rule the process with it, did not run for so long. Called before `jumped`. */
  slept?(forMs: number): void;
}

export class TickClock {
  readonly #parts: TickClockParts;
  readonly #clock: Clock;
  /** How often it woke, and how often something was due then. */
  wakeUpCount = 0;
  tickCount = 0;
  jumpCount = 0;
  #isRunning = false;
  #cancel: Cancel | null = null;
  #nextDueAtMs = Number.POSITIVE_INFINITY;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #last: Instant = { wallMs: 0, monotonicMs: 0 };
  #expectedAtMonotonicMs = 0;

  constructor(parts: TickClockParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
  }

  start(): void {
    this.#isRunning = true;
    this.#last = this.#clock.read();
    this.#sleep();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** The earliest instant at which something falls due, epoch milliseconds. Infinity: nothing does. */
  expect(nextDueAtMs: number): void {
    this.#nextDueAtMs = nextDueAtMs;
    // While it is awake it looks at this before it sleeps again.
    if (this.#cancel === null || nextDueAtMs >= this.#wakeAtMs) return;
    this.#cancel();
    this.#sleep();
  }

  #sleep(): void {
    const { tailMs, maxSleepMs } = this.#clock;
    const { wallMs, monotonicMs } = this.#clock.read();
    const untilDueMs = Math.max(this.#nextDueAtMs - wallMs, 0);
    // Two steps: to just before the instant with a timer, the rest as precisely as the moment allows.
    const delayMs = Math.min(untilDueMs > tailMs ? untilDueMs - tailMs : untilDueMs, maxSleepMs);
    this.#wakeAtMs = wallMs + delayMs;
    this.#expectedAtMonotonicMs = monotonicMs + delayMs;
    this.#cancel = this.#clock.sleepByWall(delayMs, this.#wake);
  }

  readonly #wake = (): void => {
    const { ticked, listener } = this.#parts;
    const last = this.#last;
    this.#cancel = null;
    const at = this.#waitedOut();
    if (at === null) return;
    this.#last = at;
    this.wakeUpCount += 1;
    listener.woke(at);
    const stepMs = at.wallMs - last.wallMs - (at.monotonicMs - last.monotonicMs);
    const sleptMs = at.monotonicMs - this.#expectedAtMonotonicMs;
    if (Math.abs(stepMs) >= JUMP_MS) this.#jumped(stepMs);
    else if (sleptMs >= JUMP_MS) {
      listener.slept?.(sleptMs);
      this.#jumped(sleptMs);
    }
    // The next sleep is armed even if the tick throws: a fault in one tick must not end all later ones.
    try {
      if (this.#nextDueAtMs <= at.wallMs) {
        this.tickCount += 1;
        this.#nextDueAtMs = ticked.tick(at);
      }
    } finally {
      if (this.#isRunning) this.#sleep();
    }
  };

  /** Waits for an instant that is near. Null: it is still ahead, and the thread hears its messages first. */
  #waitedOut(): Instant | null {
    const { ticked, actors } = this.#parts;
    const at = this.#clock.read();
    const restMs = this.#nextDueAtMs - at.wallMs;
    const isBusy = ticked.isWorking || actors.liveCount > FEW;
    if (restMs <= 0 || restMs > this.#clock.tailMs || isBusy) return at;
    const isQuiet = actors.liveCount === 0;
    this.#clock.waitOut(isQuiet ? restMs : Math.min(restMs, DEAF_MS));
    const now = this.#clock.read();
    if (isQuiet || now.wallMs >= this.#nextDueAtMs) return now;
    let isCancelled = false;
    const cancel = (): void => {
      isCancelled = true;
    };
    this.#cancel = cancel;
    this.#clock.defer(() => {
      if (!isCancelled) this.#wake();
    });
    return null;
  }

  #jumped(byMs: number): void {
    this.jumpCount += 1;
    this.#parts.listener.jumped(byMs);
  }
}
