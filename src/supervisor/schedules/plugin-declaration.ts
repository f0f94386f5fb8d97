/**
 * Checks what a plugin says of itself. It came out of foreign code, so nothing is believed: every field is checked, and
 * every problem is told with plugin, schedule, field, value and what is accepted.
 */
import { inspect } from 'node:util';
import * as v from 'valibot';
import type { Budget, JsonValue, Schedule } from '../../plugin.ts';
import type { PluginDeclaration } from '../../workers/protocol.ts';
import { jsonProblem } from './json-value.ts';

/** What is accepted as a plugin's name, a schedule's id, a tenant and a site: they are joined into keys. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const NAME_RULE = 'a letter or digit, then up to 127 letters, digits, ".", "_" or "-"';
const PRIORITY_RULE = 'a whole number; lower runs first';
const COUNT_RULE = 'a whole number, 0 or more';
const TIMES_RULE = 'a whole number, 1 or more';
const DEFAULT_PRIORITY = 1_000;

/** A declaration whose fields have the right types. Expressions and zones are not yet read. */
export interface CheckedDeclaration {
  readonly name: string;
  readonly priority: number;
  readonly schedules: readonly Schedule[];
}

const name = v.pipe(v.string(NAME_RULE), v.regex(NAME_PATTERN, NAME_RULE));
const text = (rule: string) => v.string(rule);
const flag = (rule: string) => v.boolean(rule);
const positive = (rule: string) => v.pipe(v.number(rule), v.finite(rule), v.gtValue(0, rule));
const atLeastZero = (rule: string) => v.pipe(v.number(rule), v.finite(rule), v.minValue(0, rule));

const budget = v.strictObject(
  {
    wallMs: v.optional(positive('milliseconds above 0')),
    cpuMs: v.optional(positive('milliseconds above 0')),
    heapMb: v.optional(positive('MiB above 0')),
    graceMs: v.optional(atLeastZero('milliseconds, 0 or more')),
  },
  'an object with wallMs, cpuMs, heapMb and graceMs',
);

const json = v.custom<JsonValue>((value) => jsonProblem(value) === undefined, 'a JSON value of up to 256 KiB');

const schedule = v.strictObject(
  {
    id: name,
    cron: text('an interval ("30s"), a cron expression of 5 or 6 fields, or a nickname ("@daily")'),
    description: v.optional(text('a string')),
    timezone: v.optional(text('an IANA name such as "Europe/Paris"')),
    jitterMs: v.optional(atLeastZero('milliseconds, 0 or more')),
    missedRunPolicy: v.optional(v.picklist(['run-once', 'skip', 'run-all'], '"run-once", "skip" or "run-all"')),
    maxCatchup: v.optional(v.pipe(v.number(COUNT_RULE), v.integer(COUNT_RULE), v.minValue(0, COUNT_RULE))),
    maxLateMs: v.optional(atLeastZero('milliseconds, 0 or more')),
    pauseAfterFailures: v.optional(v.pipe(v.number(TIMES_RULE), v.integer(TIMES_RULE), v.minValue(1, TIMES_RULE))),
    probeAfterMs: v.optional(positive('milliseconds above 0')),
    locking: v.optional(
      v.picklist(
        ['node-local', 'require-global', 'prefer-global'],
        '"node-local", "require-global" or "prefer-global"',
      ),
    ),
    config: v.optional(json),
    budget: v.optional(budget),
    enabled: v.optional(flag('true or false')),
  },
  'an object with at least id and cron',
);

/** Every problem of a declaration, or the checked declaration. */
export function checkDeclaration(declaration: PluginDeclaration): CheckedDeclaration | readonly string[] {
  const problems: string[] = [];
  const checkedName = v.safeParse(name, declaration.name);
  const plugin = typeof declaration.name === 'string' ? declaration.name : '?';
  if (!checkedName.success) {
    problems.push(`Plugin "${plugin}": name ${show(declaration.name)} is invalid: accepted is ${NAME_RULE}.`);
  }
  const priority = declaration.priority ?? DEFAULT_PRIORITY;
  if (!Number.isSafeInteger(priority)) {
    problems.push(`Plugin "${plugin}": priority ${show(priority)} is invalid: accepted is ${PRIORITY_RULE}.`);
  }
  const schedules = checkSchedules(plugin, declaration.schedules, problems);
  if (problems.length > 0) return problems;
  return { name: plugin, priority: priority as number, schedules };
}

function checkSchedules(plugin: string, declared: unknown, problems: string[]): Schedule[] {
  if (!Array.isArray(declared)) {
    problems.push(`Plugin "${plugin}": schedules() returned ${show(declared)}: accepted is an array of schedules.`);
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
    if (ids.has(result.output.id))
      problems.push(`${label}: id is used twice: accepted is an id that is unique in the plugin.`);
    ids.add(result.output.id);
    return [withoutUndefined(result.output)];
  });
}

function describe(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue);
  if (field === null) return `${show(issue.input)} is invalid: accepted is ${issue.message}`;
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return `field ${field} is unknown: accepted are ${(field.startsWith('budget.') ? Object.keys(budget.entries) : Object.keys(schedule.entries)).join(', ')}`;
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined')
    return `${field} is missing: accepted is ${missingRule(field)}`;
  const reason = field === 'config' ? jsonProblem(issue.input) : undefined;
  return `${field} ${show(issue.input)} is invalid: accepted is ${issue.message}${reason === undefined ? '' : ` (${reason})`}`;
}

function missingRule(field: string): string {
  return field === 'id'
    ? NAME_RULE
    : 'an interval ("30s"), a cron expression of 5 or 6 fields, or a nickname ("@daily")';
}

function idOf(candidate: unknown): string | undefined {
  const id = typeof candidate === 'object' && candidate !== null && 'id' in candidate ? candidate.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

function show(value: unknown): string {
  const shown = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return shown.length > 120 ? `${shown.slice(0, 119)}…` : shown;
}

/** Ten thousand schedules are kept: fields that were not given cost nothing. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } & { budget?: Budget } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
