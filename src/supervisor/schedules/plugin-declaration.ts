/**
 * Checks the declaration of a plugin. It comes from code that is not ours, so every field is checked. A problem names
 * the plugin, the schedule, the field and its value, and says what would work.
 */
import * as v from 'valibot';
import { LOCKING_HINTS, MISSED_RUN_POLICIES } from '../../machines/words/every-word.ts';
import type { Budget, JsonValue, Schedule } from '../../plugin.ts';
import {
  MAX_CONFIG_LENGTH,
  MAX_CONFIGS_LENGTH,
  MAX_CRON_LENGTH,
  MAX_PROBLEMS,
  MAX_SCHEDULES,
} from '../../wire/declaration-limits.ts';
import { measureJson } from '../../wire/json-problem.ts';
import { previewOf } from '../../wire/value-preview.ts';
import type { PluginDeclaration } from '../../workers/protocol.ts';
import { about, aboutOf, CAPABILITIES, configProblemsOf, description, type PluginAbout } from './plugin-about.ts';

/** Names of plugins, schedules, tenants and sites. They are joined into keys, so they must not hold a separator. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

// Every rule reads well after "must be".
const NAME_RULE = 'a letter or digit, followed by up to 127 letters, digits, ".", "_" or "-"';
const CRON_RULE = 'an interval ("30s"), a cron expression of 5 or 6 fields, or a nickname ("@daily")';
const PRIORITY_RULE = 'a whole number (the lowest runs first)';
const COUNT_RULE = 'a whole number that is 0 or more';
const TIMES_RULE = 'a whole number that is 1 or more';
const DURATION_RULE = 'a number of milliseconds above 0';
const DELAY_RULE = '0 or more milliseconds';
const SILENCE_RULE = 'a number of milliseconds from 1,000 to 315,576,000,000 (ten years)';
const HEAP_RULE = 'a number of MiB above 0';
const FUEL_RULE = 'a whole number of instructions that is 1 or more';
const ZONE_RULE = 'an IANA zone such as "Europe/Paris"';
const CONFIG_RULE = 'a JSON value of up to 256 KiB';
/** A shorter silence would be found late, and a longer one never. */
const MIN_SILENCE_MS = 1_000;
const MAX_SILENCE_MS = 315_576_000_000;
/** Longest part of a problem that comes from the plugin, in characters. */
const MAX_SHOWN = 120;
const DEFAULT_PRIORITY = 1_000;

/** A declaration whose fields have the right types. Expressions and zones have not been parsed yet. */
export interface CheckedDeclaration {
  readonly name: string;
  readonly priority: number;
  readonly about: PluginAbout;
  readonly schedules: readonly Schedule[];
}

const name = v.pipe(v.string(NAME_RULE), v.regex(NAME_PATTERN, NAME_RULE));
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

const schedule = v.strictObject(
  {
    id: name,
    cron: v.pipe(v.string(CRON_RULE), v.maxLength(MAX_CRON_LENGTH, CRON_RULE)),
    description: v.optional(description),
    timezone: v.optional(v.pipe(v.string(ZONE_RULE), v.maxLength(128, ZONE_RULE))),
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

/** The checked declaration, or what is wrong with it, one sentence each, up to `MAX_PROBLEMS`. */
export type DeclarationVerdict = CheckedDeclaration | readonly string[];

export function checkDeclaration(declaration: PluginDeclaration): DeclarationVerdict {
  const steps = declarationSteps(declaration);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same in steps, one for each schedule, for a thread that must stay responsive. */
export function* declarationSteps(declaration: PluginDeclaration): Generator<void, DeclarationVerdict> {
  const { name: given, priority = DEFAULT_PRIORITY, schedules: declared } = declaration;
  const plugin = typeof given === 'string' ? given : '?';
  const check = new DeclarationCheck(shown(plugin));
  if (!v.is(name, given)) check.refuse(`name ${show(given)} is invalid: it must be ${NAME_RULE}`);
  if (!Number.isSafeInteger(priority)) {
    check.refuse(`priority ${show(priority)} is invalid: it must be ${PRIORITY_RULE}`);
  }
  const own = check.about(declaration);
  const found = configProblemsOf(declaration);
  if (!Array.isArray(declared)) {
    check.refuse(`schedules() returned ${show(declared)}: it must return an array of schedules`);
  } else if (declared.length > MAX_SCHEDULES) {
    const limit = MAX_SCHEDULES.toLocaleString('en');
    check.refuse(`schedules() returned ${declared.length} schedules: it must return at most ${limit}`);
  } else {
    for (let index = 0; index < declared.length && !check.isFull; index += 1) {
      check.add(declared[index], index, found.get(index));
      yield;
    }
  }
  if (check.problems.length > 0) return check.problems;
  return { name: plugin, priority: priority as number, about: own, schedules: check.schedules };
}

/** Gathers the schedules of a plugin that are right, and what is wrong with the others. */
class DeclarationCheck {
  readonly schedules: Schedule[] = [];
  readonly problems: string[] = [];
  readonly #plugin: string;
  readonly #ids = new Set<string>();
  #configsLength = 0;

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  get isFull(): boolean {
    return this.problems.length > MAX_PROBLEMS;
  }

  /** Reports a problem of the plugin itself. */
  refuse(problem: string): void {
    this.#report(`Plugin "${this.#plugin}": ${problem}.`);
  }

  about(declaration: PluginDeclaration): PluginAbout {
    const result = v.safeParse(about, declaration);
    for (const issue of result.issues ?? []) this.refuse(describe(issue));
    return aboutOf(result.success ? result.output : {});
  }

  /** With what the plugin's schema has found in its config. */
  add(candidate: unknown, index: number, found: readonly string[] = []): void {
    const label = `Schedule "${this.#plugin}/${idOf(candidate) ?? index}"`;
    for (const problem of found) this.#report(`${label}: ${problem}.`);
    const result = v.safeParse(schedule, candidate);
    if (!result.success) {
      for (const issue of result.issues) this.#report(`${label}: ${describe(issue)}.`);
      return;
    }
    const { id, config } = result.output;
    this.#measure(config, label);
    if (this.#ids.has(id)) this.#report(`${label}: id is used twice: it must be unique in the plugin.`);
    this.#ids.add(id);
    this.schedules.push(withoutUndefined(result.output));
  }

  #measure(config: unknown, label: string): void {
    if (config === undefined) return;
    const measured = measureJson(config, { maxLength: MAX_CONFIG_LENGTH });
    if (typeof measured === 'string') {
      this.#report(`${label}: config ${show(config)} is invalid: it must be ${CONFIG_RULE} (${measured}).`);
      return;
    }
    const before = this.#configsLength;
    this.#configsLength += measured;
    if (before > MAX_CONFIGS_LENGTH || this.#configsLength <= MAX_CONFIGS_LENGTH) return;
    this.refuse('the configs of its schedules are too long: together they must have at most 64 MiB of JSON text');
  }

  /** One more than are listed says that there are more. */
  #report(problem: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
    else if (!this.isFull) this.problems.push(`There are more problems than the ${MAX_PROBLEMS} that are listed here.`);
  }
}

/** What must be there, and is neither the expression nor a part of it. */
const MISSING_RULES: Readonly<Record<string, string>> = { id: NAME_RULE, 'watch.maxSilenceMs': SILENCE_RULE };

function describe(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue);
  if (field === null) return `${show(issue.input)} is invalid: it must be ${issue.message}`;
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownField(field);
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return `${field} is missing: it must be ${MISSING_RULES[field] ?? CRON_RULE}`;
  }
  return `${field} ${show(issue.input)} is invalid: it must be ${issue.message}`;
}

function unknownField(field: string): string {
  const [first = ''] = field.split('.');
  const parts = { budget: budget.entries, watch: watch.entries, capabilities: CAPABILITIES.entries };
  const known = Object.keys(isPart(first, parts) ? parts[first] : schedule.entries);
  return `field ${shown(field)} is unknown: the fields are ${known.join(', ')}`;
}

function isPart<P extends object>(name: string, parts: P): name is Extract<keyof P, string> {
  return Object.hasOwn(parts, name);
}

function idOf(candidate: unknown): string | undefined {
  const id = typeof candidate === 'object' && candidate !== null && 'id' in candidate ? candidate.id : undefined;
  return typeof id === 'string' ? shown(id) : undefined;
}

function show(value: unknown): string {
  return shown(previewOf(value));
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

/** Leaves out absent fields, which mostly are absent anyway. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } & { budget?: Budget } {
  if (!Object.values(value).includes(undefined)) return value as never;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
