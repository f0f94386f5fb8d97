/**
 * Notices a supervisor thread that stands still. The thread adds one to a shared counter while it starts and at every
 * wake-up of its clock, at least once a second. This thread reads the counter by its own timer: while the host is
 * blocked or the process is suspended no check happens, so a healthy thread is never accused of the host's delay.
 */

/** Time between two checks, in milliseconds. */
export const CHECK_MS = 1_000;
/** Checks in a row that must find the counter unchanged. */
export const MAX_MISSED_CHECKS = 10;

export class HeartbeatWatch {
  /** The thread increments its first 32 bits. */
  readonly counter = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  #timer: NodeJS.Timeout | null = null;

  /** Calls back once if the thread stands still. The timer does not keep the process alive. */
  start(stalled: () => void): void {
    const beats = new Int32Array(this.counter);
    let lastBeat = -1;
    let missedChecks = 0;
    const check = (): void => {
      const beat = Atomics.load(beats, 0);
      missedChecks = beat === lastBeat ? missedChecks + 1 : 0;
      lastBeat = beat;
      if (missedChecks < MAX_MISSED_CHECKS) return;
      this.stop();
      stalled();
    };
    this.#timer = setInterval(check, CHECK_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
