/** The rules that the arguments of a scheduler's methods must keep. Nothing of a call takes effect before they hold. */

import type { HistoryQuery } from '../../machines/history.ts';
import { TRACEPARENT } from '../../machines/operating/traceparent.ts';
import { RUN_OUTCOMES, SKIP_OUTCOMES } from '../../machines/run.ts';
import type { PluginOption } from '../scheduler-options.ts';
import { checked, choice, delay, instant, MAX_INSTANT_MS, objectOf, text, whole } from './option-rules.ts';
import { pluginOption } from './plugin-rules.ts';
import { valibot } from './valibot.ts';

const v = valibot();

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

/** The options of `uninstall()`. */
export interface UninstallOptions {
  /** Removes the plugin also if others require what it provides: these go on without it. Default false. */
  readonly force?: boolean;
}

/** The options of `trigger()`. */
export interface TriggerOptions {
  /** The trace that the run belongs to, as in W3C Trace Context: it becomes `ctx.traceparent`. */
  readonly traceparent?: string;
}

const EPOCH = 'epoch milliseconds';
const A_TRACEPARENT = 'a traceparent of W3C Trace Context, such as "00-<32 hex digits>-<16 hex digits>-01"';

const epoch = v.pipe(v.number(EPOCH), v.minValue(-MAX_INSTANT_MS, EPOCH), v.maxValue(MAX_INSTANT_MS, EPOCH));
const at = instant();
const key = text('the key of a schedule, such as "reports/nightly",', 1_024);
const plugin = text('the name of a plugin,', 1_024);

const stopOptions = objectOf({ drainMs: v.optional(delay(), 10_000) });
const drainOptions = objectOf({ timeoutMs: v.optional(delay()) });
const pauseOptions = objectOf({
  note: v.optional(v.pipe(v.string('a string'), v.maxLength(1_000, 'a string of up to 1,000 characters'))),
});
const uninstallOptions = objectOf({ force: v.optional(v.boolean('true or false'), false) });
const triggerOptions = objectOf({
  traceparent: v.optional(v.pipe(v.string(A_TRACEPARENT), v.regex(TRACEPARENT, A_TRACEPARENT))),
});
const runId = text('the id of a run,', 1_024);
const historyQuery = objectOf({
  key: v.optional(key),
  outcome: v.optional(choice([...RUN_OUTCOMES, ...SKIP_OUTCOMES])),
  runId: v.optional(runId),
  since: v.optional(epoch),
  until: v.optional(epoch),
  limit: v.optional(whole(0, 1_000_000)),
  withLog: v.optional(v.boolean('true or false')),
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

export function checkUninstallOptions(options: unknown): Required<UninstallOptions> {
  return checked(uninstallOptions, options, 'options');
}

export function checkTriggerOptions(options: unknown): TriggerOptions {
  return checked(triggerOptions, options, 'options') as TriggerOptions;
}

export function checkRunId(given: unknown): string {
  return checked(runId, given, 'runId');
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
  return checked(at, given, 'at');
}
