import { types } from 'node:util';
import { InvalidOptionError } from '../../errors.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { jsonProblem } from '../../wire/json-problem.ts';

/** Longest text of a plugin's options, and of what a host function returns, in characters. */
export const MAX_DATA_LENGTH = 16 * 1_024 * 1_024;
/** Options are nested four deep at most; what is deeper belongs to a value that is checked as JSON. */
const MAX_DEPTH = 6;
const MAX_ENTRIES = 100_000;
/** The field whose value is passed on as a whole, and must be JSON: the options of a plugin or a backend. */
const PASSED_ON = 'options';
/** The field whose names are chosen freely and whose values are functions. */
const FUNCTIONS = 'hostFunctions';

/** How a whole is called in an error, and whether its name begins the paths of its parts. */
export interface Whole {
  readonly name: string;
  readonly isPrefix: boolean;
}

/**
 * Copies options, so that every getter and every trap of a Proxy is called once at most: what is checked is what is
 * used. What they throw becomes an error that names the option.
 * @throws InvalidOptionError
 */
export function readOnce(given: unknown, { name, isPrefix }: Whole): unknown {
  return guarded(name, () => copyOf(given, isPrefix ? name : '', 0));
}

function copyOf(value: unknown, path: string, depth: number): unknown {
  if (typeof value !== 'object' || value === null || types.isDate(value) || depth > MAX_DEPTH) return value;
  if (value instanceof URL) return new URL(value.href);
  if (types.isMap(value) || types.isSet(value)) throw new Error('a Map or a Set is not a plain object');
  if (types.isPromise(value)) throw new Error('it is a Promise, which is not awaited');
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) refuseInherited(value, path === FUNCTIONS);
  const keys = Array.isArray(value) ? indexesOf(value) : Object.keys(value);
  if (keys.length > MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES.toLocaleString('en')} entries`);
  const entries = keys.map((key) => [key, entryOf(value, key, path, depth)] as const);
  return Array.isArray(value) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
}

/**
 * Only own fields are read. An option that a prototype has, by a getter of a class or from defaults, would be ignored
 * in silence; so would the methods of an object of host functions. Methods of other objects are no options.
 */
function refuseInherited(value: object, hasFunctions: boolean): void {
  for (let holder = prototypeOf(value); holder !== null; holder = prototypeOf(holder)) {
    for (const key of Reflect.ownKeys(holder)) {
      const { value: inherited } = Reflect.getOwnPropertyDescriptor(holder, key) ?? {};
      if (key === 'constructor' || (typeof inherited === 'function' && !hasFunctions)) continue;
      throw new Error(`it inherits ${String(key)}, and only fields of its own are read: pass a plain object`);
    }
  }
}

/** Null at the end of what a program has made: `Object.prototype`, be it of another realm, adds nothing. */
function prototypeOf(value: object): object | null {
  const prototype = Reflect.getPrototypeOf(value);
  const isRoot = prototype !== null && Object.hasOwn(prototype, 'hasOwnProperty');
  return isRoot ? null : prototype;
}

function entryOf(owner: object, key: string, path: string, depth: number): unknown {
  const own = path === '' ? key : `${path}.${key}`;
  return guarded(own, () => {
    const value: unknown = Reflect.get(owner, key);
    return key === PASSED_ON ? jsonCopyOf(value) : copyOf(value, own, depth + 1);
  });
}

/** What is not JSON stays as it is: the check of the option refuses it, and says where it is wrong. */
function jsonCopyOf(value: unknown): unknown {
  const isJson = jsonProblem(value, { maxLength: MAX_DATA_LENGTH, isInfinityAllowed: true }) === undefined;
  return isJson ? structuredClone(value) : value;
}

function indexesOf({ length }: readonly unknown[]): string[] {
  return Array.from({ length: Math.min(length, MAX_ENTRIES + 1) }, (_, index) => String(index));
}

function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof InvalidOptionError && !types.isProxy(thrown)) throw thrown;
    const shown = path.length > 128 ? `${path.slice(0, 128)}…` : path;
    throw new InvalidOptionError(shown, `it cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
