/** The rules that the arguments of a scheduler's methods must keep. Nothing of a call takes effect before they hold. */
import * as v from 'valibot';
import type { HistoryQuery } from '../../machines/history.ts';
import { RUN_OUTCOMES, SKIP_OUTCOMES } from '../../machines/run.ts';
import type { PluginOption } from '../scheduler-options.ts';
import { pluginOption } from './check-options.ts';
import { checked, choice, delay, objectOf, text, whole } from './option-rules.ts';

/** The options of `stop()`. */
export interface StopOptions {
  /** How long runs may take to finish, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
}

/** The options of `drain()`. */
export interface DrainOptions {
  /** How long to wait for the runs in progress, in milliseconds. Default: until they have ended. */
  readonly timeoutMs?: number;
}

/** The options of `pause()`. */
export interface PauseOptions {
  /** Why the schedule is paused, in up to 1,000 characters: `schedules()` and `explain()` show it. */
  readonly note?: string;
}

const MAX_EXPRESSION_LENGTH = 1_000;
/** Instants that a Date can hold. */
const MAX_INSTANT_MS = 8.64e15;
const INSTANT = 'a valid Date or epoch milliseconds';
const EPOCH = 'epoch milliseconds';

const epoch = v.pipe(v.number(EPOCH), v.minValue(-MAX_INSTANT_MS, EPOCH), v.maxValue(MAX_INSTANT_MS, EPOCH));
const instant = v.pipe(
  v.union([v.number(), v.date()], INSTANT),
  v.transform((at) => (typeof at === 'number' ? at : Date.prototype.getTime.call(at))),
  v.number(INSTANT),
  v.minValue(-MAX_INSTANT_MS, INSTANT),
  v.maxValue(MAX_INSTANT_MS, INSTANT),
);
const key = text('the key of a schedule, such as "reports/nightly",', 1_024);
const plugin = text('the name of a plugin,', 1_024);

const stopOptions = objectOf({ drainMs: v.optional(delay, 10_000) });
const drainOptions = objectOf({ timeoutMs: v.optional(delay) });
const pauseOptions = objectOf({
  note: v.optional(v.pipe(v.string('a string'), v.maxLength(1_000, 'a string of up to 1,000 characters'))),
});
const historyQuery = objectOf({
  key: v.optional(key),
  outcome: v.optional(choice([...RUN_OUTCOMES, ...SKIP_OUTCOMES])),
  runId: v.optional(text('the id of a run,', 1_024)),
  since: v.optional(epoch),
  until: v.optional(epoch),
  limit: v.optional(whole(0, 1_000_000)),
  withLog: v.optional(v.boolean('true or false')),
});
const nextOptions = objectOf({
  timezone: v.optional(v.string('an IANA zone'), 'UTC'),
  from: v.optional(instant),
  count: v.optional(whole(1, 10_000), 1),
});

// Each throws an InvalidOptionError that names the argument.

export function checkStopOptions(options: unknown): Required<StopOptions> {
  return checked(stopOptions, options, 'options');
}

export function checkDrainOptions(options: unknown): { readonly timeoutMs: number | null } {
  const { timeoutMs = null } = checked(drainOptions, options, 'options');
  return { timeoutMs };
}

export function checkPauseOptions(options: unknown): PauseOptions {
  return checked(pauseOptions, options, 'options') as PauseOptions;
}

export function checkHistoryQuery(query: unknown): HistoryQuery {
  return checked(historyQuery, query, 'query') as HistoryQuery;
}

export function checkPlugin(given: unknown): PluginOption {
  return checked(pluginOption, given, 'plugin') as PluginOption;
}

export function checkKey(given: unknown): string {
  return checked(key, given, 'key');
}

export function checkPluginName(given: unknown): string {
  return checked(plugin, given, 'name');
}

/** Epoch milliseconds. */
export function checkInstant(given: unknown): number {
  return checked(instant, given, 'at');
}

export function checkExpression(given: unknown): string {
  return checked(text('an expression, such as "*/5 * * * *",', MAX_EXPRESSION_LENGTH), given, 'expression');
}

export function checkNextOptions(options: unknown): { timezone: string; from?: number | undefined; count: number } {
  return checked(nextOptions, options, 'options');
}
