/** What a plugin declares of itself: its version, what it is for, what it provides and what it requires. */
import * as v from 'valibot';
import { MAX_DESCRIPTION_LENGTH, MAX_PROBLEMS } from '../../wire/declaration-limits.ts';
import type { PluginDeclaration } from '../../workers/protocol.ts';

/** What a plugin says of itself beside its name. */
export interface PluginAbout {
  readonly version?: string;
  readonly description?: string;
  /** Without what every plugin provides. */
  readonly provides: readonly string[];
  readonly requires: readonly string[];
}

const MAX_CAPABILITIES = 64;

// Every rule reads well after "must be".
const VERSION_RULE = 'a string of up to 128 characters';
const DESCRIPTION_RULE = 'a string of up to 4,096 characters';
const NAME_RULE = 'a letter, followed by up to 127 characters without spaces';
const PROVIDED_RULE = 'a name other than "locking" and "host.…", which only a scheduler provides';
const NAMES_RULE = `an array of up to ${MAX_CAPABILITIES} names`;

const name = v.pipe(v.string(NAME_RULE), v.regex(/^[A-Za-z]\S{0,127}$/, NAME_RULE));
const provided = v.pipe(name, v.regex(/^(?!locking$|host\.)/, PROVIDED_RULE));
const names = (each: typeof name | typeof provided) =>
  v.optional(v.pipe(v.array(each, NAMES_RULE), v.maxLength(MAX_CAPABILITIES, NAMES_RULE)));

export const description = v.pipe(v.string(DESCRIPTION_RULE), v.maxLength(MAX_DESCRIPTION_LENGTH, DESCRIPTION_RULE));

export const CAPABILITIES = v.strictObject(
  { provides: names(provided), requires: names(name) },
  'an object with provides and requires',
);

export const about = v.object({
  version: v.optional(v.pipe(v.string(VERSION_RULE), v.maxLength(128, VERSION_RULE))),
  description: v.optional(description),
  capabilities: v.optional(CAPABILITIES),
});

/** The checked declaration with its defaults. */
export function aboutOf({ version, description: text, capabilities }: v.InferOutput<typeof about>): PluginAbout {
  return {
    ...(version !== undefined && { version }),
    ...(text !== undefined && { description: text }),
    provides: capabilities?.provides ?? [],
    requires: capabilities?.requires ?? [],
  };
}

const configProblems = v.array(v.object({ index: v.number(), problem: v.string() }));

/**
 * What the plugin's schema has found in the configs, by the index of the schedule. It comes out of foreign code: what is
 * no list of problems is none, because the schema is for the plugin's own good.
 */
export function configProblemsOf(declaration: PluginDeclaration): ReadonlyMap<number, readonly string[]> {
  const found = declaration.configProblems;
  if (found === undefined || !v.is(configProblems, found)) return new Map();
  const byIndex = Map.groupBy(found.slice(0, MAX_PROBLEMS + 1), ({ index }) => index);
  return new Map([...byIndex].map(([index, problems]) => [index, problems.map(({ problem }) => problem)]));
}
