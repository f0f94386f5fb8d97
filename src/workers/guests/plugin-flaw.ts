/** Says what keeps a value from being a plugin. It may call getters: this is the plugin's own thread. */
import { nearestWord } from '../../machines/did-you-mean.ts';
import { previewOf } from '../../wire/value-preview.ts';
import { listedNames, shortName } from './listed-names.ts';

const WHAT_WORKS =
  'the default export of a plugin module must be a plugin, { name, schedules(), run() }, or a factory of one';
const FIELDS = ['name', 'schedules', 'run', 'cleanup', 'priority', 'version', 'description', 'capabilities', 'config'];
const FUNCTIONS = ['schedules', 'run', 'cleanup'];
const REQUIRED = ['schedules', 'run'];
const MAX_NAMES = 8;
const MAX_FLAWS = 20;
/** Of an object of a class, which may have fields of its own, only names that resemble one of these are misspelt. */
const LONG_FIELDS = FIELDS.filter((field) => field.length > 'name'.length);

/** What is wrong with one field of a plugin. */
export interface FieldFlaw {
  readonly field: string;
  /** A clause: `run() is missing`. */
  readonly flaw: string;
}

/** A module without a default export. */
export function noDefaultFlaw(exports: object): string {
  return `it has no default export (it exports ${namesIn(exports)}): ${WHAT_WORKS}`;
}

/** Why a value is not a plugin at all, or null. @param origin Where it comes from. */
export function flawOf(made: unknown, origin: 'its factory' | 'its default export'): string | null {
  const verb = origin === 'its factory' ? 'returned' : 'is';
  if (typeof made === 'function' && /^class\b/.test(Function.prototype.toString.call(made)))
    return `${origin} ${verb} a class: ${verb === 'is' ? 'export' : 'return'} an object of it`;
  if (Array.isArray(made)) return `${origin} ${verb} an array: a module is one plugin, which may have many schedules`;
  if (typeof made !== 'object' || made === null) {
    const hint = made === undefined && verb === 'returned' ? ' (is a return missing?)' : '';
    return `${origin} ${verb} ${previewOf(made)}, which is not a plugin${hint}: ${WHAT_WORKS}`;
  }
  if (REQUIRED.some((field) => Reflect.get(made, field) !== undefined)) return null;
  if (Array.isArray(Reflect.get(made, 'plugins')))
    return `${origin} ${verb} a configuration (it has plugins), and a plugin is a module that a configuration names`;
  const names = namesIn(made);
  return `${origin} ${verb} an object without schedules() and run() (it has ${names}): ${WHAT_WORKS}`;
}

/** What is wrong with the fields of a plugin, other than the values that cross threads. */
export function fieldFlaws(plugin: object): readonly FieldFlaw[] {
  const flaws = [...FUNCTIONS.flatMap((field) => functionFlaw(plugin, field)), ...unknownFields(plugin)];
  return flaws.slice(0, MAX_FLAWS);
}

function functionFlaw(plugin: object, field: string): FieldFlaw[] {
  const value: unknown = Reflect.get(plugin, field);
  if (typeof value === 'function') return [];
  if (Array.isArray(value))
    return [{ field, flaw: `${field} must be a function that returns the array, not the array` }];
  if (value !== undefined) return [{ field, flaw: `${field} must be a function, not ${previewOf(value)}` }];
  return REQUIRED.includes(field) ? [{ field, flaw: `${field}() is missing` }] : [];
}

function unknownFields(plugin: object): FieldFlaw[] {
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(plugin) as null);
  return Object.keys(plugin).flatMap((field) => {
    if (FIELDS.includes(field)) return [];
    const meant = nearestWord(field, isPlain ? FIELDS : LONG_FIELDS);
    const unknown = `field ${shortName(field)} is unknown`;
    if (meant !== undefined) return [{ field, flaw: `${unknown}: did you mean ${meant}?` }];
    return isPlain ? [{ field, flaw: `${unknown}: the fields are ${FIELDS.join(', ')}` }] : [];
  });
}

function namesIn(owner: object): string {
  return listedNames(Object.keys(owner), MAX_NAMES) || 'nothing';
}
