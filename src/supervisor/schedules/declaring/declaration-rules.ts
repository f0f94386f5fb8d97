/** The rules of what a plugin may declare, and the problem of what breaks one. */
import * as v from 'valibot';
import { nearestWord } from '../../../machines/did-you-mean.ts';
import { LOCKING_HINTS, MISSED_RUN_POLICIES } from '../../../machines/words/every-word.ts';
import type { JsonValue } from '../../../plugin.ts';
import { MAX_CRON_LENGTH } from '../../../wire/declaration-limits.ts';
import { previewOf } from '../../../wire/value-preview.ts';
import { CAPABILITIES, description } from '../plugin-about.ts';

/** Names of plugins, schedules, tenants and sites. They are joined into keys, so they must not hold a separator. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

// Every rule reads well after "must be".
export const NAME_RULE = 'a letter or digit, followed by up to 127 letters, digits, ".", "_" or "-"';
const CRON_RULE = 'an interval ("30s"), a cron expression of 5 or 6 fields, or a nickname ("@daily")';
export const PRIORITY_RULE = 'a whole number (the lowest runs first)';
const COUNT_RULE = 'a whole number that is 0 or more';
const TIMES_RULE = 'a whole number that is 1 or more';
const DURATION_RULE = 'a number of milliseconds above 0';
const DELAY_RULE = '0 or more milliseconds';
const SILENCE_RULE = 'a number of milliseconds from 1,000 to 315,576,000,000 (ten years)';
const HEAP_RULE = 'a number of MiB above 0';
const FUEL_RULE = 'a whole number of instructions that is 1 or more';
const ZONE_RULE = 'an IANA zone such as "Europe/Paris"';
export const CONFIG_RULE = 'a JSON value of up to 256 KiB';
/** A shorter silence would be found late, and a longer one never. */
const MIN_SILENCE_MS = 1_000;
const MAX_SILENCE_MS = 315_576_000_000;
export const MAX_ZONE_LENGTH = 128;
/** Longest part of a problem that comes from the plugin, in characters. */
const MAX_SHOWN = 120;

export const name = v.pipe(v.string(NAME_RULE), v.regex(NAME_PATTERN, NAME_RULE));
const positive = (rule: string) => v.pipe(v.number(rule), v.finite(rule), v.gtValue(0, rule));
const atLeastZero = (rule: string) => v.pipe(v.number(rule), v.finite(rule), v.minValue(0, rule));

const budget = v.strictObject(
  {
    wallMs: v.optional(positive(DURATION_RULE)),
    cpuMs: v.optional(positive(DURATION_RULE)),
    heapMb: v.optional(positive(HEAP_RULE)),
    graceMs: v.optional(atLeastZero(DELAY_RULE)),
    fuel: v.optional(v.pipe(v.number(FUEL_RULE), v.safeInteger(FUEL_RULE), v.minValue(1, FUEL_RULE))),
  },
  'an object with wallMs, cpuMs, heapMb, graceMs and fuel',
);

const watch = v.strictObject(
  {
    maxSilenceMs: v.pipe(
      v.number(SILENCE_RULE),
      v.finite(SILENCE_RULE),
      v.minValue(MIN_SILENCE_MS, SILENCE_RULE),
      v.maxValue(MAX_SILENCE_MS, SILENCE_RULE),
    ),
  },
  'an object with maxSilenceMs',
);

export const schedule = v.strictObject(
  {
    id: name,
    cron: v.pipe(v.string(CRON_RULE), v.maxLength(MAX_CRON_LENGTH, CRON_RULE)),
    description: v.optional(description),
    timezone: v.optional(v.pipe(v.string(ZONE_RULE), v.maxLength(MAX_ZONE_LENGTH, ZONE_RULE))),
    jitterMs: v.optional(atLeastZero(DELAY_RULE)),
    missedAfterMs: v.optional(atLeastZero(DELAY_RULE)),
    missedRunPolicy: v.optional(v.picklist(MISSED_RUN_POLICIES, '"run-once", "skip" or "run-all"')),
    maxCatchup: v.optional(v.pipe(v.number(COUNT_RULE), v.integer(COUNT_RULE), v.minValue(0, COUNT_RULE))),
    maxLateMs: v.optional(atLeastZero(DELAY_RULE)),
    pauseAfterFailures: v.optional(v.pipe(v.number(TIMES_RULE), v.integer(TIMES_RULE), v.minValue(1, TIMES_RULE))),
    probeAfterMs: v.optional(positive(DURATION_RULE)),
    watch: v.optional(watch),
    locking: v.optional(v.picklist(LOCKING_HINTS, '"node-local", "require-global" or "prefer-global"')),
    // Checked by itself, because all configs of a plugin share one limit.
    config: v.optional(v.custom<JsonValue>(() => true)),
    budget: v.optional(budget),
    enabled: v.optional(v.boolean('true or false')),
  },
  'an object with at least id and cron',
);

/** What must be there, and is neither the expression nor a part of it. */
const MISSING_RULES: Readonly<Record<string, string>> = { id: NAME_RULE, 'watch.maxSilenceMs': SILENCE_RULE };

/** What is wrong with a field, as a clause. */
export function describe(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue);
  if (field === null) return `${show(issue.input)} is invalid: it must be ${issue.message}`;
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownField(field);
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return `${field} is missing: it must be ${MISSING_RULES[field] ?? CRON_RULE}`;
  }
  return `${field} ${show(issue.input)} is invalid: it must be ${issue.message}`;
}

export function unknownField(field: string): string {
  const [first = ''] = field.split('.');
  const parts = { budget: budget.entries, watch: watch.entries, capabilities: CAPABILITIES.entries };
  const known = Object.keys(isPart(first, parts) ? parts[first] : schedule.entries);
  const meant = nearestWord(field.split('.').at(-1) ?? '', known);
  const hint = meant === undefined ? `the fields are ${known.join(', ')}` : `did you mean ${meant}?`;
  return `field ${shown(field)} is unknown: ${hint}`;
}

function isPart<P extends object>(name: string, parts: P): name is Extract<keyof P, string> {
  return Object.hasOwn(parts, name);
}

/** A value in one short line. */
export function show(value: unknown): string {
  return shown(previewOf(value));
}

/** A text of the plugin's, cut. */
export function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}
