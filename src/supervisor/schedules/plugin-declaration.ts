/**
 * Checks the declaration of a plugin. It comes from code that is not ours, so every field is checked. A problem names
 * the plugin, the schedule, the field and its value, and says what would work. All problems are found at once: also
 * those of expressions and zones, which are read again when nothing is wrong.
 */
import * as v from 'valibot';
import { sentence } from '../../machines/printable.ts';
import type { Budget, Schedule } from '../../plugin.ts';
import { MAX_CONFIG_LENGTH, MAX_CONFIGS_LENGTH, MAX_PROBLEMS, MAX_SCHEDULES } from '../../wire/declaration-limits.ts';
import type { UnsendableField } from '../../wire/failures/unsendable-field.ts';
import { measureJson } from '../../wire/json-problem.ts';
import type { PluginDeclaration } from '../../workers/protocol.ts';
import {
  CONFIG_RULE,
  describe,
  NAME_RULE,
  name,
  PRIORITY_RULE,
  schedule,
  show,
  shown,
  unknownField,
} from './declaring/declaration-rules.ts';
import { timeProblems } from './declaring/time-problems.ts';
import { about, aboutOf, configProblemsOf, type PluginAbout } from './plugin-about.ts';

const DEFAULT_PRIORITY = 1_000;
/** Longest clause that a pool thread may say about its plugin, in characters. */
const MAX_FLAW_LENGTH = 256;

/** A declaration whose fields have the right types. Expressions and zones have not been parsed yet. */
export interface CheckedDeclaration {
  readonly name: string;
  readonly priority: number;
  readonly about: PluginAbout;
  readonly schedules: readonly Schedule[];
}

/** The checked declaration, or what is wrong with it, one sentence each, up to `MAX_PROBLEMS`. */
export type DeclarationVerdict = CheckedDeclaration | readonly string[];

export function checkDeclaration(declaration: PluginDeclaration): DeclarationVerdict {
  const steps = declarationSteps(declaration, '?');
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * The same in steps, one for each schedule, for a thread that must stay responsive.
 * @param nameless How to call a plugin that has no name.
 */
export function* declarationSteps(
  declaration: PluginDeclaration,
  nameless: string,
): Generator<void, DeclarationVerdict> {
  const { name: given, priority = DEFAULT_PRIORITY, schedules: declared } = declaration;
  const plugin = typeof given === 'string' ? given : nameless;
  const check = new DeclarationCheck(shown(plugin), declaration);
  const own = check.checkPlugin(declaration, priority);
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
    // A declaration without problems is read by `defineSchedule`, which shares what schedules have in common.
    for (let index = 0; index < declared.length && check.hasProblems && !check.isFull; index += 1) {
      check.readTimes(declared[index], index);
      yield;
    }
  }
  if (check.hasProblems) return check.problems();
  return { name: plugin, priority: priority as number, about: own, schedules: check.schedules };
}

/** One problem, and the index of its schedule; -1 for the plugin. */
interface Problem {
  readonly index: number;
  readonly text: string;
}

/** Gathers the schedules of a plugin that are right, and what is wrong with the others. */
class DeclarationCheck {
  readonly schedules: Schedule[] = [];
  readonly #problems: Problem[] = [];
  readonly #plugin: string;
  readonly #ids = new Set<string>();
  readonly #unsendable: ReadonlyMap<number, readonly UnsendableField[]>;
  #configsLength = 0;

  constructor(plugin: string, { unsendable }: PluginDeclaration) {
    this.#plugin = plugin;
    this.#unsendable = Map.groupBy(unsendableOf(unsendable), ({ index }) => index);
  }

  get hasProblems(): boolean {
    return this.#problems.length > 0;
  }

  get isFull(): boolean {
    return this.#problems.length > MAX_PROBLEMS;
  }

  /** In the order of the schedules. One more than are listed says that there are more. */
  problems(): readonly string[] {
    const listed = this.#problems.toSorted((a, b) => a.index - b.index).map(({ text }) => text);
    if (!this.isFull) return listed;
    return [...listed.slice(0, MAX_PROBLEMS), `There are more problems than the ${MAX_PROBLEMS} that are listed here.`];
  }

  /** Reports a problem of the plugin itself. */
  refuse(problem: string): void {
    this.#report(-1, `Plugin "${this.#plugin}": ${problem}`);
  }

  checkPlugin(declaration: PluginDeclaration, priority: unknown): PluginAbout {
    const { name: given, flaws } = declaration;
    if (given === undefined) this.refuse(`name is missing: it must be ${NAME_RULE}`);
    else if (!v.is(name, given)) this.refuse(`name ${show(given)} is invalid: it must be ${NAME_RULE}`);
    if (!Number.isSafeInteger(priority)) {
      this.refuse(`priority ${show(priority)} is invalid: it must be ${PRIORITY_RULE}`);
    }
    for (const flaw of flawsOf(flaws)) this.refuse(flaw);
    const result = v.safeParse(about, declaration);
    for (const issue of result.issues ?? []) this.refuse(describe(issue));
    return aboutOf(result.success ? result.output : {});
  }

  /** @param bySchema What the plugin's schema has found in its config. */
  add(candidate: unknown, index: number, bySchema: readonly string[] = []): void {
    for (const problem of bySchema) this.#refuseSchedule(candidate, index, problem);
    const unsendable = this.#unsendable.get(index) ?? [];
    for (const { field, found, problem } of unsendable) {
      const isKnown = Object.hasOwn(schedule.entries, field);
      const rule = field === 'config' ? CONFIG_RULE : 'JSON';
      const flaw = `${field} ${shown(found)} is invalid: it must be ${rule} (${shown(problem)})`;
      this.#refuseSchedule(candidate, index, isKnown ? flaw : unknownField(field));
    }
    const left = new Set(unsendable.map(({ field }) => field));
    const result = v.safeParse(schedule, candidate);
    for (const issue of result.issues ?? []) {
      // A field that was left out is not missing.
      if (!left.has(v.getDotPath(issue) ?? '')) this.#refuseSchedule(candidate, index, describe(issue));
    }
    this.#checkId(candidate, index);
    if (!result.success) return;
    this.#measure(result.output.config, candidate, index);
    this.schedules.push(withoutUndefined(result.output));
  }

  /** Finds what is wrong with an expression and a zone, also those of a schedule that has other problems. */
  readTimes(candidate: unknown, index: number): void {
    if (typeof candidate !== 'object' || candidate === null) return;
    const key = `${this.#plugin}/${idOf(candidate) ?? ''}`;
    for (const problem of timeProblems(candidate, key)) this.#refuseSchedule(candidate, index, problem);
  }

  #checkId(candidate: unknown, index: number): void {
    const id = idOf(candidate);
    if (id === undefined) return;
    if (this.#ids.has(id)) this.#refuseSchedule(candidate, index, 'id is used twice: it must be unique in the plugin');
    this.#ids.add(id);
  }

  #refuseSchedule(candidate: unknown, index: number, problem: string): void {
    const id = idOf(candidate);
    this.#report(index, `Schedule "${this.#plugin}/${id === undefined ? index : shown(id)}": ${problem}`);
  }

  #measure(config: unknown, candidate: unknown, index: number): void {
    if (config === undefined) return;
    const measured = measureJson(config, { maxLength: MAX_CONFIG_LENGTH });
    if (typeof measured === 'string') {
      const problem = `config ${show(config)} is invalid: it must be ${CONFIG_RULE} (${measured})`;
      this.#refuseSchedule(candidate, index, problem);
      return;
    }
    const before = this.#configsLength;
    this.#configsLength += measured;
    if (before > MAX_CONFIGS_LENGTH || this.#configsLength <= MAX_CONFIGS_LENGTH) return;
    this.refuse('the configs of its schedules are too long: together they must have at most 64 MiB of JSON text');
  }

  #report(index: number, problem: string): void {
    if (!this.isFull) this.#problems.push({ index, text: sentence(problem) });
  }
}

/** What a pool thread says of its plugin's fields. A plugin may have sent it. */
function flawsOf(flaws: unknown): string[] {
  if (!Array.isArray(flaws)) return [];
  const texts = flaws.slice(0, MAX_PROBLEMS).filter((flaw) => typeof flaw === 'string');
  return texts.map((flaw) => flaw.slice(0, MAX_FLAW_LENGTH));
}

/** What a pool thread says that it has left out. A plugin may have sent it. */
function unsendableOf(fields: unknown): UnsendableField[] {
  if (!Array.isArray(fields)) return [];
  return fields.slice(0, MAX_PROBLEMS + 1).filter(isUnsendable);
}

function isUnsendable(field: Partial<UnsendableField> | null): field is UnsendableField {
  if (typeof field !== 'object' || field === null) return false;
  return (
    Number.isInteger(field.index) && [field.field, field.found, field.problem].every((text) => typeof text === 'string')
  );
}

function idOf(candidate: unknown): string | undefined {
  const id = typeof candidate === 'object' && candidate !== null && 'id' in candidate ? candidate.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Leaves out absent fields, which mostly are absent anyway. */
function withoutUndefined<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], undefined> } & { budget?: Budget } {
  if (!Object.values(value).includes(undefined)) return value as never;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
