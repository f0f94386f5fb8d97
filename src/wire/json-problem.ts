/**
 * The one rule for data that plugins and the host exchange: configs, options, arguments and results are JSON. A field
 * that is undefined counts as absent, as it does in JSON.
 *
 * The value may come from anybody, so the check runs none of its code, and it is bounded: by the length of the text,
 * which also ends an object that contains the same object again and again, and by depth, which ends one that contains
 * itself.
 */
import { types } from 'node:util';
import { chainOf, ownPropertyOf, propertyOf } from './property-chain.ts';

export const MAX_JSON_DEPTH = 64;

/** What JSON may be, beyond being JSON. */
export interface JsonLimits {
  /** Longest text, in characters. */
  readonly maxLength: number;
  /** Whether numbers may be infinite, as the limits in options of a store. */
  readonly isInfinityAllowed?: boolean;
}

/** Why JSON cannot hold a value, with the path of what is wrong; undefined when it can. */
export function jsonProblem(value: unknown, limits: JsonLimits): string | undefined {
  const measured = measureJson(value, limits);
  return typeof measured === 'string' ? measured : undefined;
}

/** The same for the arguments of a call, as a clause. One that is undefined is not there. */
export function argumentsProblem(args: readonly unknown[], limits: JsonLimits): string | undefined {
  for (const value of args) {
    const problem = value === undefined ? undefined : jsonProblem(value, limits);
    if (problem !== undefined) return `an argument must be JSON, but ${problem}`;
  }
  return undefined;
}

/** About how long the JSON text of a value is, or what keeps it from being JSON. */
export function measureJson(value: unknown, limits: JsonLimits): number | string {
  const check = new JsonCheck(limits);
  try {
    check.check(value, []);
    return check.length;
  } catch (problem) {
    if (problem instanceof JsonProblem) return problem.sentence;
    throw problem;
  }
}

type Path = readonly (string | number)[];

/** Ends the check from any depth. It is no error of anybody, so it has no stack. */
class JsonProblem {
  readonly sentence: string;

  constructor(sentence: string) {
    this.sentence = sentence;
  }
}

class JsonCheck {
  readonly #limits: JsonLimits;
  /** The objects around the one that is checked. */
  readonly #around: object[] = [];
  length = 0;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  check(value: unknown, path: Path): void {
    if (typeof value === 'string') this.#count(value.length + 2);
    else if (typeof value === 'number') this.#checkNumber(value, path);
    else if (typeof value === 'boolean' || value === null) this.#count(4);
    else if (typeof value === 'object') this.#checkObject(value, path);
    else throw problemAt(path, scalarName(value));
  }

  #checkNumber(value: number, path: Path): void {
    const isAllowed = this.#limits.isInfinityAllowed === true ? !Number.isNaN(value) : Number.isFinite(value);
    if (!isAllowed) throw problemAt(path, `${value}, which is not a JSON number`);
    this.#count(1);
  }

  #checkObject(value: object, path: Path): void {
    if (types.isProxy(value)) throw problemAt(path, 'a Proxy');
    if (path.length >= MAX_JSON_DEPTH) throw new JsonProblem(`it is nested deeper than ${MAX_JSON_DEPTH} levels`);
    if (this.#around.includes(value)) throw problemAt(path, 'an object that contains itself');
    this.#count(2);
    this.#around.push(value);
    if (Array.isArray(value)) this.#checkArray(value, path);
    else this.#checkFields(value, path);
    this.#around.pop();
  }

  #checkArray(array: readonly unknown[], path: Path): void {
    // An array may be longer than there is memory, because its holes take none.
    this.#count(array.length);
    for (let index = 0; index < array.length; index += 1) this.check(ownValue(array, index, path), [...path, index]);
  }

  #checkFields(value: object, path: Path): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && !isObjectPrototype(prototype)) throw problemAt(path, objectName(value));
    if (Object.hasOwn(value, '__proto__')) throw problemAt(path, 'a field named __proto__');
    for (const key of Object.keys(value)) {
      this.#count(key.length + 4);
      const field = ownValue(value, key, path);
      if (field !== undefined) this.check(field, [...path, key]);
    }
  }

  #count(length: number): void {
    this.length += length;
    if (this.length > this.#limits.maxLength) {
      throw new JsonProblem(`its text is longer than ${this.#limits.maxLength.toLocaleString('en')} characters`);
    }
  }
}

function ownValue(owner: object, key: string | number, path: Path): unknown {
  const property = Object.getOwnPropertyDescriptor(owner, key);
  if (property !== undefined && !('value' in property)) throw problemAt([...path, key], 'a getter');
  return property?.value;
}

function scalarName(value: unknown): string {
  if (value === undefined) return 'undefined';
  return typeof value === 'bigint' ? 'a BigInt' : `a ${typeof value}`;
}

/** What an object is that JSON would change into another one. */
function objectName(value: object): string {
  const kinds = [
    [types.isMap, 'a Map'],
    [types.isSet, 'a Set'],
    [types.isDate, 'a Date'],
    [types.isRegExp, 'a RegExp'],
    [types.isPromise, 'a Promise, which is not awaited'],
    [types.isNativeError, 'an Error'],
    [types.isArrayBufferView, 'binary data'],
    [types.isAnyArrayBuffer, 'binary data'],
  ] as const;
  const [, known] = kinds.find(([isKind]) => isKind(value)) ?? [];
  if (known !== undefined) return known;
  const name = classNameOf(value);
  return name === undefined ? 'an object that is not plain' : `an object of the class ${cut(name)}`;
}

/** Read without running any code. */
function classNameOf(value: object): string | undefined {
  const type = propertyOf(chainOf(value), 'constructor');
  if (type.kind !== 'data' || typeof type.value !== 'function' || types.isProxy(type.value)) return undefined;
  const name = ownPropertyOf(type.value, 'name');
  return name.kind === 'data' && typeof name.value === 'string' && name.value !== '' ? name.value : undefined;
}

/** Also that of another realm, such as a `vm` context: it is the prototype that has none itself. */
function isObjectPrototype(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    !types.isProxy(prototype) &&
    Object.getPrototypeOf(prototype) === null
  );
}

function problemAt(path: Path, found: string): JsonProblem {
  if (path.length === 0) return new JsonProblem(`it is ${found}`);
  const [first, ...rest] = path;
  const keys = rest.map((key) => (typeof key === 'number' ? `[${key}]` : `.${cut(key)}`));
  const start = typeof first === 'number' ? `[${first}]` : cut(first as string);
  return new JsonProblem(`${start}${keys.join('')} is ${found}`);
}

function cut(key: string): string {
  return key.length > 64 ? `${key.slice(0, 64)}…` : key;
}
