/**
 * The scheduler's clock, as well as the page can know it: each answer that carries its time corrects an estimate, and
 * the estimate moves towards the correction in small steps, so that nothing on a time line ever jumps.
 */
interface Sample {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

const KEPT_SAMPLES = 8;
/** A difference that cannot be walked off: the machine slept, or its clock was set. */
const JUMP_MS = 2_000;
const STEP = 0.02;

let samples: readonly Sample[] = [];
let offsetMs = performance.timeOrigin;

/** An answer said that it was `serverMs`; the question was sent and answered at these values of `performance.now()`. */
export function hearTime(serverMs: number, sentAtMs: number, answeredAtMs: number): void {
  const sample = { offsetMs: serverMs - (sentAtMs + answeredAtMs) / 2, roundTripMs: answeredAtMs - sentAtMs };
  samples = [...samples, sample].slice(-KEPT_SAMPLES);
  if (Math.abs(sample.offsetMs - offsetMs) > JUMP_MS + sample.roundTripMs) {
    samples = [sample];
    offsetMs = sample.offsetMs;
  }
}

/** Epoch milliseconds by the scheduler's clock. */
export function serverNow(): number {
  return offsetMs + performance.now();
}

/** Takes one step towards the best estimate: the answer that took the shortest way is the one to believe. */
export function adjustClock(): void {
  const [best] = samples.toSorted((one, other) => one.roundTripMs - other.roundTripMs);
  if (best !== undefined) offsetMs += (best.offsetMs - offsetMs) * STEP;
}
