import { clockJumped } from '../planning/clock-jumped.ts';
import type { TickClockListener } from '../planning/tick-clock.ts';
import type { Instant } from '../ports/clock.ts';
import type { Recorder } from './recorder.ts';

/** How often the store hears that this node is alive. */
const BEAT_MS = 5_000;

/** Shows that this node is alive: to the host at every wake-up of its clock, to the store every few seconds. */
export class SignOfLife implements TickClockListener {
  readonly #recorder: Recorder;
  readonly #heartbeat: Int32Array;
  #beatAtMs = Number.NEGATIVE_INFINITY;

  /** @param heartbeat One counter, which the host reads. */
  constructor(recorder: Recorder, heartbeat: Int32Array) {
    this.#recorder = recorder;
    this.#heartbeat = heartbeat;
  }

  woke({ wallMs }: Instant): void {
    Atomics.add(this.#heartbeat, 0, 1);
    if (Math.abs(wallMs - this.#beatAtMs) < BEAT_MS) return;
    this.#beatAtMs = wallMs;
    void this.#recorder.beat(wallMs);
  }

  jumped(byMs: number): void {
    this.#recorder.warn(clockJumped(byMs));
  }
}
