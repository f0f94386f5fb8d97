/**
 * What a guest says about itself, JSON in snake_case, as the declaration of a module. The values are checked where every
 * declaration is; only what has no meaning elsewhere is refused here: texts that are not JSON, and unknown fields.
 */
import { nearestWord } from '../../../machines/did-you-mean.ts';
import { reasonOf } from '../../../wire/error-record.ts';
import type { PluginDeclaration } from '../../protocol.ts';

/** The fields of a schedule, and what a module calls them. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ...['id', 'description', 'cron', 'timezone', 'locking', 'budget', 'watch', 'enabled'].map(
    (name) => [name, name] as const,
  ),
  ['jitter_ms', 'jitterMs'],
  ['missed_after_ms', 'missedAfterMs'],
  ['missed_run_policy', 'missedRunPolicy'],
  ['max_catchup', 'maxCatchup'],
  ['max_late_ms', 'maxLateMs'],
  ['pause_after_failures', 'pauseAfterFailures'],
  ['probe_after_ms', 'probeAfterMs'],
  ['config_json', 'config'],
]);
const BUDGET_FIELDS: ReadonlyMap<string, string> = new Map([
  ['wall_ms', 'wallMs'],
  ['cpu_ms', 'cpuMs'],
  ['heap_mb', 'heapMb'],
  ['grace_ms', 'graceMs'],
  ['fuel', 'fuel'],
]);

const ABOUT_FIELDS: ReadonlyMap<string, string> = new Map(
  ['version', 'description', 'provides', 'requires'].map((name) => [name, name]),
);

const WATCH_FIELDS: ReadonlyMap<string, string> = new Map([['max_silence_ms', 'maxSilenceMs']]);

/** More unknown fields than this are only counted. */
const MOST_NAMED = 4;

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with what a guest said: a clause that begins with "its". */
export class GuestDeclarationError extends Error {}

/** The schedules that a guest has returned. @throws GuestDeclarationError */
export function schedulesOf(output: string | null): unknown {
  if (output === null) throw new GuestDeclarationError('its schedules() set no output');
  const schedules = parsed(output, 'its schedules() returned what is not JSON');
  return Array.isArray(schedules) ? schedules.map(scheduleOf) : schedules;
}

/** What a guest says of itself beside its name. @throws GuestDeclarationError */
export function aboutOf(output: string | null): Pick<PluginDeclaration, 'version' | 'description' | 'capabilities'> {
  if (output === null) throw new GuestDeclarationError('its about() set no output');
  const about = parsed(output, 'its about() returned what is not JSON');
  if (!isFields(about)) throw new GuestDeclarationError('its about() must return an object');
  const { version, description, ...capabilities } = renamed(about, ABOUT_FIELDS, 'about()');
  return {
    ...(version !== undefined && { version }),
    ...(description !== undefined && { description }),
    ...(Object.keys(capabilities).length > 0 && { capabilities }),
  };
}

/** The number that a guest has returned as text. What is not a number is refused with other fields. */
export function priorityOf(output: string | null): unknown {
  const text = output?.trim() ?? '';
  return /^[+-]?\d+$/.test(text) ? Number(text) : text;
}

function scheduleOf(given: unknown, index: number): unknown {
  if (!isFields(given)) return given;
  const label = `schedule ${typeof given['id'] === 'string' ? `"${given['id'].slice(0, 128)}"` : index}`;
  const { config, budget, watch, missedRunPolicy, locking, ...fields } = renamed(given, FIELDS, label);
  return {
    ...fields,
    ...(typeof config === 'string' ? configOf(config, label) : config !== undefined && { config }),
    ...(budget !== undefined && { budget: isFields(budget) ? renamed(budget, BUDGET_FIELDS, label) : budget }),
    ...(watch !== undefined && { watch: isFields(watch) ? renamed(watch, WATCH_FIELDS, label) : watch }),
    ...(missedRunPolicy !== undefined && { missedRunPolicy: dashed(missedRunPolicy) }),
    ...(locking !== undefined && { locking: dashed(locking) }),
  };
}

/** In many languages a field without a value is null. */
function renamed(given: Fields, names: ReadonlyMap<string, string>, label: string): Fields {
  const unknown = Object.keys(given).filter((name) => !names.has(name));
  if (unknown.length > 0) throw new GuestDeclarationError(`its ${label} has ${unknownFields(unknown, names)}`);
  const entries = Object.entries(given).map(([name, value]) => [names.get(name) ?? name, value ?? undefined] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** All of them at once, because a guest has to be compiled again for each correction. */
function unknownFields(unknown: readonly string[], names: ReadonlyMap<string, string>): string {
  const known = [...names.keys()];
  const hinted = unknown.slice(0, MOST_NAMED).map((name) => {
    const meant = nearestWord(name, known);
    return { text: name.slice(0, 128) + (meant === undefined ? '' : ` (did you mean ${meant}?)`), meant };
  });
  const left = unknown.length - hinted.length;
  const texts = [...hinted.map(({ text }) => text), ...(left > 0 ? [`${left} more`] : [])];
  const all = hinted.every(({ meant }) => meant !== undefined) ? '' : `; the fields are ${known.join(', ')}`;
  return `${unknown.length === 1 ? 'an unknown field' : 'unknown fields'}: ${texts.join(', ')}${all}`;
}

function configOf(text: string, label: string): { readonly config?: unknown } {
  return text === '' ? {} : { config: parsed(text, `its ${label} has a config_json that is not JSON`) };
}

function parsed(text: string, problem: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GuestDeclarationError(`${problem}: ${reasonOf(error)}`);
  }
}

/** `run_once` for `run-once`. */
function dashed(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('_', '-') : value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
