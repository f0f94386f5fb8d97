/**
 * The fields that routes take, each with its rule. Every message reads well after "Field … of the query". A path and a
 * query hold nothing but text, so numbers are read from text there.
 */
import * as v from 'valibot';
import { isCalendarDate } from '../../../machines/calendar/calendar-date.ts';
import { SCHEDULE_SORTS, SCHEDULE_STATES } from '../../../machines/operating/schedule-lists.ts';
import { RUN_OUTCOMES, SKIP_OUTCOMES } from '../../../machines/run.ts';
import type { OperatorTopic } from '../../../supervisor/operator-protocol.ts';

/** The farthest instants that a Date can hold. */
const MAX_INSTANT_MS = 8.64e15;
const MAX_KEY_LENGTH = 1_024;
const INSTANT = 'must be epoch milliseconds or an ISO 8601 time with a zone, as 2026-03-01T00:00:00Z';
/** With its zone, because the console's own zone is none of the visitor's. */
const ISO_TIME = /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const NUMBER = /^-?\d{1,17}(?:\.\d{1,9})?$/;

export const TOPICS = [
  'run-start',
  'progress',
  'run',
  'decision',
  'warning',
  'log',
  'audit',
] as const satisfies readonly OperatorTopic[];

export function text(maxLength: number) {
  const rule = `must be text of 1 to ${maxLength} characters`;
  return v.pipe(v.string(rule), v.minLength(1, rule), v.maxLength(maxLength, rule));
}

/** A schedule's key: `plugin/schedule`, or with its tenant and site. */
export const key = text(MAX_KEY_LENGTH);
export const runId = text(200);
export const pluginName = text(MAX_KEY_LENGTH);
export const note = text(1_000);

export function whole(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.string(rule),
    v.regex(NUMBER, rule),
    v.transform(Number),
    v.number(rule),
    v.integer(rule),
    v.minValue(min, rule),
    v.maxValue(max, rule),
  );
}

export const limit = whole(1, 1_000);
/** Of the runs in a lane. */
export const laneLimit = whole(1, 500);
export const tenantId = text(128);

/** An instant in a query. */
export const instant = v.pipe(
  v.string(INSTANT),
  v.transform(instantOf),
  v.number(INSTANT),
  v.minValue(-MAX_INSTANT_MS, INSTANT),
  v.maxValue(MAX_INSTANT_MS, INSTANT),
);

/** An instant in a body, where it may be a number. */
export const bodyInstant = v.pipe(
  v.union([v.number(INSTANT), v.string(INSTANT)], INSTANT),
  v.transform((at) => (typeof at === 'number' ? at : instantOf(at))),
  v.number(INSTANT),
  v.minValue(-MAX_INSTANT_MS, INSTANT),
  v.maxValue(MAX_INSTANT_MS, INSTANT),
);

export const flag = v.pipe(
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((said) => said === 'true'),
  v.boolean(),
);

export const states = choices(SCHEDULE_STATES);
export const topics = choices(TOPICS);
export const outcome = choice([...RUN_OUTCOMES, ...SKIP_OUTCOMES]);
export const sort = choice(SCHEDULE_SORTS);
/** Up to 100 schedules, each given as `key=…`. */
export const keys = v.pipe(v.array(key), v.maxLength(100, 'must be given 100 times at most'));
export const runIds = v.pipe(v.array(runId), v.maxLength(100, 'must be given 100 times at most'));

export function optional<S extends v.GenericSchema>(schema: S) {
  return v.exactOptional(schema);
}

/** Without the fields that are undefined: our own types tell absent fields from undefined ones. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function choice<const T extends readonly string[]>(values: T) {
  return v.picklist(values, `must be one of ${values.join(', ')}`);
}

function choices<const T extends readonly string[]>(values: T) {
  return v.pipe(v.array(choice(values)), v.maxLength(values.length, `must be given ${values.length} times at most`));
}

function instantOf(said: string): number {
  if (NUMBER.test(said)) return Number(said);
  return ISO_TIME.test(said) && isCalendarDate(said) ? Date.parse(said) : Number.NaN;
}
