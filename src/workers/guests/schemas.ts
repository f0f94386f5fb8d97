/**
 * Checks what a plugin's schemas are for: the options of its installation and the configs of its schedules. Whose schema
 * it is does not matter, as long as it keeps to Standard Schema. Loaded only for plugins that have schemas.
 */
import { PluginLoadError } from '../../errors.ts';
import type { StandardSchema } from '../../plugin.ts';
import { MAX_CONFIG_LENGTH, MAX_PROBLEMS } from '../../wire/declaration-limits.ts';
import type { ConfigProblem } from '../../wire/failures/config-problem.ts';
import { jsonProblem } from '../../wire/json-problem.ts';
import type { PluginDeclaration, PluginSource } from '../protocol.ts';
import { loadError } from './load-error.ts';

/** Longest message and path of an issue that are passed on, in characters. */
const MAX_MESSAGE_LENGTH = 300;

type Verdict = { readonly value: unknown } | { readonly problems: readonly string[] };

/** What the schema makes of the options. Rejects with a `PluginLoadError` that lists every issue. */
export async function checkedOptions(schema: unknown, source: PluginSource): Promise<unknown> {
  const verdict = await check(schema, source.options ?? undefined, 'options', source);
  if ('value' in verdict) return verdict.value;
  throw new PluginLoadError(source.module, verdict.problems.join('; '));
}

/**
 * The schedules with what the schema makes of their configs, and what is wrong with those that it refuses. What is no
 * schedule is left to the check of the declaration. Rejects with a `PluginLoadError` if the schema cannot be used.
 */
export async function checkedConfigs(
  schema: unknown,
  schedules: unknown,
  source: PluginSource,
): Promise<Pick<PluginDeclaration, 'schedules' | 'configProblems'>> {
  if (!Array.isArray(schedules)) return { schedules };
  const passed: unknown[] = [];
  const configProblems: ConfigProblem[] = [];
  for (const [index, schedule] of schedules.entries()) {
    // One more than are listed, so that the list says that there are more.
    if (!isObject(schedule) || configProblems.length > MAX_PROBLEMS) {
      passed.push(schedule);
      continue;
    }
    const verdict = await check(schema, schedule['config'], 'config', source);
    const problems = 'problems' in verdict ? verdict.problems : problemsOfOutput(verdict.value);
    configProblems.push(...problems.map((problem) => ({ index, problem })));
    passed.push('value' in verdict && problems.length === 0 ? { ...schedule, config: verdict.value } : schedule);
  }
  return { schedules: passed, ...(configProblems.length > 0 && { configProblems }) };
}

/** Runs keep what the schema made of a config, so it has to cross threads and be stored. */
function problemsOfOutput(output: unknown): readonly string[] {
  if (output === undefined) return [];
  const problem = jsonProblem(output, { maxLength: MAX_CONFIG_LENGTH });
  return problem === undefined ? [] : [`config is invalid: its schema must make JSON of it, but ${problem}`];
}

/** `what` names the value in problems. Rejects with a `PluginLoadError` if this is no schema, or if it fails itself. */
async function check(schema: unknown, value: unknown, what: string, source: PluginSource): Promise<Verdict> {
  if (!isStandardSchema(schema)) {
    const rule = 'it must be a Standard Schema, such as those of zod, valibot and arktype';
    throw new PluginLoadError(source.module, `the schema of its ${what} has no "~standard".validate(): ${rule}`);
  }
  try {
    const answer: unknown = schema['~standard'].validate(value);
    return verdictOf(isPromise(answer) ? await answer : answer, what);
  } catch (error) {
    throw loadError(source, `the schema of its ${what} failed`, error);
  }
}

/** What a schema says. Throws if it says nothing, because a config that nobody has checked must not reach a run. */
function verdictOf(result: unknown, what: string): Verdict {
  const issues = isObject(result) ? result['issues'] : undefined;
  if (Array.isArray(issues)) {
    // A library may say that something is wrong, and not what.
    const listed = issues.length === 0 ? [{}] : issues.slice(0, MAX_PROBLEMS + 1);
    return { problems: listed.map((issue: unknown) => problemOf(issue, what)) };
  }
  if (isObject(result) && (issues === undefined || issues === null) && 'value' in result)
    return { value: result['value'] };
  throw new TypeError('validate() returned neither { value } nor { issues }, which is an array');
}

function problemOf(issue: unknown, what: string): string {
  const { message, path } = isObject(issue) ? issue : {};
  const keys = Array.isArray(path) ? path.map((part: unknown) => keyOf(isObject(part) ? part['key'] : part)) : [];
  const subject = `${cut(`${what}${keys.join('')}`)} is invalid`;
  return typeof message === 'string' ? `${subject}: ${cut(inOneLine(message)).replace(/\.$/, '')}` : subject;
}

function inOneLine(text: string): string {
  return text.trim().replaceAll(/\s*[\n\r]\s*/g, ' ');
}

function keyOf(key: unknown): string {
  if (typeof key === 'number') return `[${key}]`;
  const name = String(key);
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function cut(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text;
}

/** The schemas of some libraries are functions. */
function isStandardSchema(schema: unknown): schema is StandardSchema {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return false;
  const { '~standard': standard } = schema as Partial<StandardSchema>;
  return isObject(standard) && typeof standard['validate'] === 'function';
}

function isPromise(answer: unknown): answer is PromiseLike<unknown> {
  return isObject(answer) && typeof answer['then'] === 'function';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
