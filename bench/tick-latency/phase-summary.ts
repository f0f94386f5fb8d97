import type { Lateness, RunRecord } from '../../src/index.ts';
import { jitterFor } from '../../src/machines/calendar/jitter.ts';
import { type Distribution, distribution, rounded } from '../distribution.ts';
import type { CpuUse } from '../foreign-load.ts';
import { idealLatenessMs } from './ideal-queue.ts';
import { PERIOD_MS, SPREAD_MS, type Start } from './load.ts';
import type { Phase } from './phase.ts';

/** A ratio to less than this says nothing. */
const MIN_QUEUE_MS = 1;

/** The result of one phase. Lateness is the start of the work minus the instant at which it was due. */
export interface PhaseSummary {
  readonly variant: string;
  readonly system: string;
  readonly arrivals: string;
  /** Occurrences in the measured time. */
  readonly expected: number;
  /** Occurrences that never ran. */
  readonly missed: number;
  /** Occurrences that ran more than once. */
  readonly repeated: number;
  readonly startLatenessMs: Distribution;
  /** The same arrivals and service times on an ideal queue. */
  readonly queueingMinimumMs: Distribution;
  /** Start lateness over the queueing minimum at p99. Null if hardly anything has to queue, as with trivial jobs. */
  readonly p99ToMinimum: number | null;
  readonly serviceMs: Distribution;
  readonly cpu: CpuUse;
  /** Why occurrences did not run, warm-up included, if the scheduler says so. */
  readonly notRun: readonly string[];
  /** Lateness as Escapement itself recorded it. */
  readonly parts?: Readonly<Record<keyof Lateness, Distribution>>;
}

/** The summary with every single lateness, for a picture. */
export interface PhaseAnalysis {
  readonly summary: PhaseSummary;
  readonly startLatenessMs: readonly number[];
  readonly queueingMinimumMs: readonly number[];
}

/**
 * Sums up a phase.
 *
 * @param variant The name of its load.
 */
export function analysePhase(variant: string, phase: Phase): PhaseAnalysis {
  const { system, parameters, fromMs, untilMs } = phase;
  const starts = phase.starts.filter(({ scheduledAtMs }) => scheduledAtMs >= fromMs && scheduledAtMs < untilMs);
  const expected = Math.round((untilMs - fromMs) / PERIOD_MS) * parameters.schedules;
  const distinct = new Set(starts.map(({ schedule, scheduledAtMs }) => `${schedule}@${scheduledAtMs}`)).size;
  const arrivals = starts.map((start) => ({
    dueAtMs: dueAtMs(phase, start),
    serviceMs: start.finishedAtMs - start.startedAtMs,
  }));
  const startLatenessMs = starts.map((start) => start.startedAtMs - dueAtMs(phase, start));
  const queueingMinimumMs = idealLatenessMs(arrivals, parameters.threads);
  const lateness = distribution(startLatenessMs);
  const minimum = distribution(queueingMinimumMs);
  const summary: PhaseSummary = {
    variant,
    system,
    arrivals: parameters.arrivals,
    expected,
    missed: expected - distinct,
    repeated: starts.length - distinct,
    startLatenessMs: lateness,
    queueingMinimumMs: minimum,
    p99ToMinimum: minimum.p99 >= MIN_QUEUE_MS ? rounded(lateness.p99 / minimum.p99) : null,
    serviceMs: distribution(arrivals.map(({ serviceMs }) => serviceMs)),
    cpu: phase.cpu,
    notRun: phase.decisions.map(
      ({ key, outcome, fromMs, count }) => `${count} × ${outcome}: ${key} at ${new Date(fromMs).toISOString()}`,
    ),
    ...(phase.records.length > 0 && { parts: partsOf(phase) }),
  };
  return { summary, startLatenessMs, queueingMinimumMs };
}

/** Only Escapement spreads arrivals. Its jitter is a function of the occurrence, so it is computed here again. */
function dueAtMs({ system, parameters }: Phase, { schedule, scheduledAtMs }: Start): number {
  const isSpread = system === 'escapement' && parameters.arrivals === 'spread';
  return isSpread ? scheduledAtMs + jitterFor(`load/${schedule}`, scheduledAtMs, SPREAD_MS) : scheduledAtMs;
}

function partsOf({ records, fromMs, untilMs }: Phase): Readonly<Record<keyof Lateness, Distribution>> {
  const counted = records.filter(({ scheduledAtMs }) => scheduledAtMs >= fromMs && scheduledAtMs < untilMs);
  const part = (name: keyof Lateness): Distribution =>
    distribution(counted.map(({ lateness }: RunRecord) => lateness[name]));
  return {
    tickMs: part('tickMs'),
    lockMs: part('lockMs'),
    queueMs: part('queueMs'),
    startMs: part('startMs'),
    totalMs: part('totalMs'),
  };
}
