/** The rules that an operator's arguments must keep. They come from another thread, which has them from anybody. */

import { InvalidOptionError } from '../../errors.ts';
import { SCHEDULE_SORTS, SCHEDULE_STATES } from '../../machines/operating/schedule-lists.ts';
import { TRACEPARENT } from '../../machines/operating/traceparent.ts';
import { RUN_OUTCOMES, SKIP_OUTCOMES } from '../../machines/run.ts';
import { type Check, flag, instant, listOf, object, oneOf, optional } from '../../machines/stored-rows/shape.ts';
import { previewOf } from '../../wire/value-preview.ts';
import type { OperatorMethod } from '../operator-protocol.ts';

const MAX_OFFSET = 10_000_000;

const whole = (min: number, max: number): Check =>
  rule(`a whole number from ${min} to ${max}`, (value) => isWithin(value, min, max));
const text = (maxLength: number): Check =>
  rule(`a text of 1 to ${maxLength} characters`, (value) => isTextOf(value, 1, maxLength));
const anyText = (maxLength: number): Check =>
  rule(`a text of up to ${maxLength} characters`, (value) => isTextOf(value, 0, maxLength));
const key = text(1_024);
const by = text(256);
const limit = optional(whole(1, 1_000));
const keys: Check = (value) =>
  Array.isArray(value) && value.length > 100 ? 'must be a list of 100 keys at most' : listOf(key)(value);

/** The fields of each argument. Null: there is none. */
const FIELDS: Readonly<Record<OperatorMethod, Readonly<Record<string, Check>> | null>> = {
  overview: null,
  page: {
    search: optional(anyText(1_024)),
    states: optional(listOf(oneOf(SCHEDULE_STATES))),
    plugin: optional(text(1_024)),
    tenantId: optional(text(128)),
    onlyProblems: optional(flag),
    sort: optional(oneOf(SCHEDULE_SORTS)),
    offset: optional(whole(0, MAX_OFFSET)),
    limit,
  },
  schedule: { key },
  lanes: { keys, sinceMs: instant, untilMs: instant, limit: optional(whole(1, 500)) },
  upcoming: { key, count: whole(1, 1_000) },
  life: { key, limit: whole(1, 1_000) },
  live: null,
  liveRun: { runId: text(1_024) },
  history: {
    key: optional(key),
    outcome: optional(oneOf([...RUN_OUTCOMES, ...SKIP_OUTCOMES])),
    runId: optional(text(1_024)),
    since: optional(instant),
    until: optional(instant),
    // A page has 1,000 at most, and one more tells whether there are more.
    limit: optional(whole(1, 1_001)),
    withLog: optional(flag),
  },
  explain: { key, atMs: instant },
  stats: null,
  metrics: null,
  plugins: {
    offset: optional(whole(0, MAX_OFFSET)),
    limit: optional(whole(1, 200)),
    schedules: optional(whole(0, 10)),
    keys: optional(keys),
  },
  audit: { key: optional(key), until: optional(instant), limit: optional(whole(1, 1_001)) },
  trigger: {
    key,
    by,
    traceparent: optional(
      rule('a traceparent of W3C Trace Context', (value) => typeof value === 'string' && TRACEPARENT.test(value)),
    ),
  },
  pause: { key, by, note: optional(anyText(1_000)) },
  resume: { key, by },
  setPosition: { key, by, atMs: instant },
  abort: { runId: text(1_024), by },
  reload: { name: text(1_024), by },
  notices: null,
  told: { key, told: object({ isFailing: flag, isSilent: flag }) },
  checkIns: null,
  callHost: { name: text(256), args: listOf(() => null), limitMs: whole(1, 600_000) },
  warn: { code: text(128), message: text(65_536), key: optional(key) },
};

export function isOperatorMethod(name: unknown): name is OperatorMethod {
  return typeof name === 'string' && Object.hasOwn(FIELDS, name);
}

/** The fields of an argument that there are rules for, if they keep them. @throws InvalidOptionError */
export function checkedParams(method: OperatorMethod, params: unknown): unknown {
  const fields = FIELDS[method];
  if (fields === null) return null;
  if (typeof params !== 'object' || params === null) {
    throw new InvalidOptionError(method, `it must be an object, not ${previewOf(params)}`);
  }
  const given = Object.entries(fields).map(([field, check]): [string, unknown] => {
    const value = Object.hasOwn(params, field) ? Reflect.get(params, field) : undefined;
    const problem = check(value);
    if (problem !== null) throw new InvalidOptionError(field, `it ${problem}`);
    return [field, value];
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function rule(what: string, isRight: (value: unknown) => boolean): Check {
  return (value) => (isRight(value) ? null : `must be ${what}, not ${previewOf(value)}`);
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

function isTextOf(value: unknown, minLength: number, maxLength: number): boolean {
  return typeof value === 'string' && value.length >= minLength && value.length <= maxLength;
}
