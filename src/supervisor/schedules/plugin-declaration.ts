/**
 * Checks the declaration of a plugin. It comes from code that is not ours, so every field is checked. A problem names
 * the plugin, the schedule, the field and its value, and says what would work.
 */
import { inspect } from 'node:util';
import * as v from 'valibot';
import type { Budget, JsonValue, Schedule } from '../../plugin.ts';
import type { PluginDeclaration } from '../../workers/protocol.ts';
import { jsonProblem } from './json-value.ts';

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
const HEAP_RULE = 'a number of MiB above 0';
const DEFAULT_PRIORITY = 1_000;

/** A declaration whose fields have the right types. Expressions and zones have not been parsed yet. */
export interface CheckedDeclaration {
  readonly name: string;
  readonly priority: number;
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
  },
  'an object with wallMs, cpuMs, heapMb and graceMs',
);

const json = v.custom<JsonValue>((value) => jsonProblem(value) === undefined, 'a JSON value of up to 256 KiB');

const schedule = v.strictObject(
  {
    id: name,
    cron: v.string(CRON_RULE),
    description: v.optional(v.string('a string')),
    timezone: v.optional(v.string('an IANA zone such as "Europe/Paris"')),
    jitterMs: v.optional(atLeastZero(DELAY_RULE)),
    missedRunPolicy: v.optional(v.picklist(['run-once', 'skip', 'run-all'], '"run-once", "skip" or "run-all"')),
    maxCatchup: v.optional(v.pipe(v.number(COUNT_RULE), v.integer(COUNT_RULE), v.minValue(0, COUNT_RULE))),
    maxLateMs: v.optional(atLeastZero(DELAY_RULE)),
    pauseAfterFailures: v.optional(v.pipe(v.number(TIMES_RULE), v.integer(TIMES_RULE), v.minValue(1, TIMES_RULE))),
    probeAfterMs: v.optional(positive(DURATION_RULE)),
    locking: v.optional(
      v.picklist(
        ['node-local', 'require-global', 'prefer-global'],
        '"node-local", "require-global" or "prefer-global"',
      ),
    ),
    config: v.optional(json),
    budget: v.optional(budget),
    enabled: v.optional(v.boolean('true or false')),
  },
  'an object with at least id and cron',
);

/** The checked declaration, or everything that is wrong with it, one sentence each. */
export function checkDeclaration(declaration: PluginDeclaration): CheckedDeclaration | readonly string[] {
  const problems: string[] = [];
  const checkedName = v.safeParse(name, declaration.name);
  const plugin = typeof declaration.name === 'string' ? declaration.name : '?';
  if (!checkedName.success) {
    problems.push(`Plugin "${plugin}": name ${show(declaration.name)} is invalid: it must be ${NAME_RULE}.`);
  }
  const priority = declaration.priority ?? DEFAULT_PRIORITY;
  if (!Number.isSafeInteger(priority)) {
    problems.push(`Plugin "${plugin}": priority ${show(priority)} is invalid: it must be ${PRIORITY_RULE}.`);
  }
  const schedules = checkSchedules(plugin, declaration.schedules, problems);
  if (problems.length > 0) return problems;
  return { name: plugin, priority: priority as number, schedules };
}

function checkSchedules(plugin: string, declared: unknown, problems: string[]): Schedule[] {
  if (!Array.isArray(declared)) {
    problems.push(`Plugin "${plugin}": schedules() returned ${show(declared)}: it must return an array of schedules.`);
    return [];
  }
  const ids = new Set<string>();
  return declared.flatMap((candidate: unknown, index) => {
    const label = `Schedule "${plugin}/${idOf(candidate) ?? index}"`;
    const result = v.safeParse(schedule, candidate);
    if (!result.success) {
      problems.push(...result.issues.map((issue) => `${label}: ${describe(issue)}.`));
      return [];
    }
    if (ids.has(result.output.id)) problems.push(`${label}: id is used twice: it must be unique in the plugin.`);
    ids.add(result.output.id);
    return [withoutUndefined(result.output)];
  });
}

function describe(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue);
  if (field === null) return `${show(issue.input)} is invalid: it must be ${issue.message}`;
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownField(field);
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return `${field} is missing: it must be ${field === 'id' ? NAME_RULE : CRON_RULE}`;
  }
  const reason = field === 'config' ? jsonProblem(issue.input) : undefined;
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${field} ${show(issue.input)} is invalid: it must be ${issue.message}${why}`;
}

function unknownField(field: string): string {
  const known = Object.keys(field.startsWith('budget.') ? budget.entries : schedule.entries);
  return `field ${field} is unknown: the fields are ${known.join(', ')}`;
}

function idOf(candidate: unknown): string | undefined {
  const id = typeof candidate === 'object' && candidate !== null && 'id' in candidate ? candidate.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

function show(value: unknown): string {
  const shown = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return shown.length > 120 ? `${shown.slice(0, 119)}…` : shown;
}

/** Leaves out absent fields: with ten thousand schedules in memory they would cost something. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } & { budget?: Budget } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
