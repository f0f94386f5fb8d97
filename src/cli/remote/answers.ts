/**
 * What a scheduler answers, checked as far as commands read it: another version may be running there, or no scheduler at
 * all. Fields that nobody reads are passed on as they came.
 */
import * as v from 'valibot';
import type { HistoryRecord, ReloadReport, SchedulerStats } from '../../index.ts';
import type { OperatorEvent } from '../../supervisor/operator-protocol.ts';
import type {
  LiveRun,
  LiveRunDetail,
  Overview,
  ScheduleDetail,
  SchedulePage,
} from '../../supervisor/operator-reports.ts';

/** Who asks, as the console sees it. */
export interface SessionAnswer {
  readonly name: string;
  readonly canAct: boolean;
  readonly isReadOnly: boolean;
  readonly version: string;
  readonly nodeId: string;
  readonly timezone: string;
  /** Where its page is, if it listens on a port. */
  readonly url: string | null;
}

/** A run that has ended, one that is live, or one on its way from one to the other. */
export interface RunAnswer {
  readonly run: HistoryRecord | null;
  readonly live: LiveRunDetail | null;
}

/** How to recognise an answer. The type is what it is taken for once its fields are right. */
export interface Shape<T> {
  readonly schema: v.GenericSchema;
  /** Only for the compiler: no answer has it. */
  readonly taken?: T;
}

/** The farthest instant of a `Date`. */
const MAX_INSTANT_MS = 8.64e15;
const count = v.pipe(v.number(), v.finite());
const instant = v.pipe(v.number(), v.minValue(-MAX_INSTANT_MS), v.maxValue(MAX_INSTANT_MS));
const counts = v.record(v.string(), count);
const many = (schema: v.GenericSchema) => v.array(schema);
const loose = (entries: v.ObjectEntries) => v.looseObject(entries);

const error = loose({ name: v.string(), message: v.string(), stack: v.optional(v.string()) });
const line = loose({ atMs: instant, level: v.string(), message: v.string() });
const run = loose({
  runId: v.string(),
  key: v.string(),
  trigger: v.string(),
  outcome: v.string(),
  scheduledAtMs: instant,
  startedAtMs: instant,
  finishedAtMs: instant,
  threadId: v.optional(count),
  pass: v.optional(count),
  fuel: v.optional(count),
  fuelBudget: v.optional(count),
  droppedLogLines: v.optional(count),
  lateness: loose({ totalMs: count }),
  error: v.optional(error),
  log: v.optional(many(line)),
});
const live = loose({
  runId: v.string(),
  key: v.string(),
  phase: v.string(),
  trigger: v.string(),
  scheduledAtMs: instant,
  startedAtMs: v.nullable(instant),
  progress: v.nullable(loose({ fraction: count, note: v.optional(v.string()) })),
});
const liveDetail = loose({ ...live.entries, log: many(line), droppedLogLines: count });
const schedule = loose({
  key: v.string(),
  cron: v.string(),
  timezone: v.string(),
  state: v.string(),
  description: v.optional(v.string()),
  faultReason: v.optional(v.string()),
  pause: v.optional(loose({ atMs: instant, note: v.optional(v.string()) })),
  nextOccurrenceAtMs: v.nullable(instant),
  dueCount: count,
  outcomes: counts,
  failuresInRow: count,
  lastRun: v.optional(run),
  lastFailure: v.optional(run),
});
const problem = loose({
  kind: v.string(),
  key: v.optional(v.string()),
  text: v.string(),
  sinceMs: v.optional(instant),
});
const latency = loose({ count, p50Ms: count, p99Ms: count, maxMs: count });
const keys = many(v.string());

export const SESSION: Shape<SessionAnswer> = {
  schema: loose({
    name: v.string(),
    canAct: v.boolean(),
    isReadOnly: v.boolean(),
    version: v.string(),
    url: v.nullish(v.string(), null),
  }),
};
export const OVERVIEW: Shape<Overview> = {
  schema: loose({
    nodeId: v.string(),
    version: v.string(),
    nowMs: instant,
    startedAtMs: instant,
    timezone: v.string(),
    isDraining: v.boolean(),
    scheduleCount: count,
    states: counts,
    nextDueAtMs: v.nullable(instant),
    liveRunCount: count,
    problems: many(problem),
  }),
};
export const PAGE: Shape<SchedulePage> = { schema: loose({ total: count, offset: count, schedules: many(schedule) }) };
export const DETAIL: Shape<ScheduleDetail> = {
  schema: loose({ schedule, upcoming: many(instant), live: v.nullable(live) }),
};
export const RUNS: Shape<{ readonly runs: readonly HistoryRecord[]; readonly next: number | null }> = {
  schema: loose({ runs: many(run), next: v.nullish(instant) }),
};
export const RUN: Shape<RunAnswer> = { schema: loose({ run: v.nullable(run), live: v.nullable(liveDetail) }) };
export const LIVE: Shape<{ readonly runs: readonly LiveRun[] }> = { schema: loose({ runs: many(live) }) };
export const STATS: Shape<SchedulerStats> = {
  schema: loose({
    pool: loose({ threads: count, running: count, queued: count }),
    lateness: loose({ total: latency }),
  }),
};
export const TRIGGERED: Shape<{ readonly runId: string }> = { schema: loose({ runId: v.string() }) };
export const RELOADED: Shape<ReloadReport & { readonly keys?: readonly string[] }> = {
  schema: loose({
    added: keys,
    removed: keys,
    changed: many(loose({ key: v.string(), why: v.string() })),
    unchanged: keys,
  }),
};
/** Anything: of an action that answers with nothing. */
export const NOTHING: Shape<unknown> = { schema: v.unknown() };

const EVENTS: Readonly<Record<string, v.GenericSchema>> = {
  run,
  'run-start': loose({ runId: v.string(), key: v.string(), startedAtMs: instant }),
  progress: loose({ runId: v.string(), key: v.string(), fraction: count, note: v.optional(v.string()) }),
  decision: loose({ key: v.string(), outcome: v.string(), fromMs: instant }),
  warning: loose({ code: v.string(), message: v.string() }),
  log: loose({ runId: v.string(), key: v.string(), line }),
  audit: loose({ atMs: instant, by: v.string(), action: v.string() }),
};

/** Whether a value has the fields of this shape. */
export function fits<T>(value: unknown, { schema }: Shape<T>): value is T {
  return v.is(schema, value);
}

/** An event by its name; null if it is none of those that commands know, or not as it should be. */
export function eventOf(type: string, text: string): OperatorEvent | null {
  const schema = Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined;
  const event = parsed(text);
  return schema !== undefined && v.is(schema, event) ? ({ type, event } as OperatorEvent) : null;
}

/** What JSON says; undefined if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
