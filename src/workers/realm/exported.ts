/**
 * What globals and builtin modules export besides the functions themselves: the prototypes of their classes, what is
 * fixed to their functions, and the functions of their namespaces, such as `net.Socket.prototype`, `Intl` and
 * `util.types`. There are thousands of such properties, so they are kept in few objects.
 */
import { inheritedSymbols, isIntact, type NamedObject, putBack } from './built-ins.ts';

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
/** Every function has its own of these. */
const OF_FUNCTIONS: ReadonlySet<PropertyKey> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** One object, and its properties as they were. */
interface Part {
  readonly name: string;
  readonly object: object;
  /** First those that it has itself, then symbols that it inherits or has not. */
  readonly keys: readonly PropertyKey[];
  readonly values: readonly unknown[];
  readonly ownCount: number;
  readonly accessorKeys: readonly PropertyKey[];
  readonly accessors: readonly PropertyDescriptor[];
  readonly isNamespace: boolean;
}

export class Exported {
  readonly #seen: Set<object>;
  #parts: Part[] = [];

  /** `known` are guarded otherwise. */
  constructor(known: readonly object[]) {
    this.#seen = new Set(known);
  }

  /** From now on the exports of these objects are guarded as they are. Returns what was not guarded before. */
  add(roots: readonly NamedObject[]): readonly Part[] {
    const before = this.#parts.length;
    for (const [name, root] of roots) {
      for (const key of ownKeys(root)) {
        const property = getOwnPropertyDescriptor(root, key);
        if (property !== undefined && 'value' in property) this.#addValue(`${name}${String(key)}`, property.value);
      }
    }
    return this.#parts.slice(before);
  }

  /** A plugin was loaded: what it has changed is how things are. */
  accept(): void {
    this.#parts = this.#parts.map((part) => {
      const isAsNoted = changedValue(part) === null && changedAccessor(part) === null;
      return isAsNoted ? part : partOf(part.name, part.object, part.isNamespace);
    });
  }

  /** Puts back what was changed. Returns the name of the first; null when everything is as it was. */
  restore(): string | null {
    let first: string | null = null;
    for (const part of this.#parts) {
      const changed = changedValue(part) ?? changedAccessor(part);
      if (changed === null) continue;
      first ??= `${part.name}.${String(changed)}`;
      restorePart(part);
    }
    return first;
  }

  #addValue(name: string, value: unknown): void {
    if (typeof value === 'function') {
      const prototype = getOwnPropertyDescriptor(value, 'prototype')?.value as unknown;
      const isNewPrototype = isObject(prototype) && this.#isNew(prototype);
      const isClass = isNewPrototype && this.#push(`${name}.prototype`, prototype, false);
      if (this.#isNew(value)) this.#push(name, value, false, isClass);
      return;
    }
    if (!isNamespace(value) || !this.#isNew(value)) return;
    this.#push(name, value, true);
    for (const key of ownKeys(value)) {
      const member = getOwnPropertyDescriptor(value, key)?.value as unknown;
      if (typeof member === 'function') this.#addValue(`${name}.${String(key)}`, member);
    }
  }

  #isNew(object: object): boolean {
    if (this.#seen.has(object)) return false;
    this.#seen.add(object);
    return true;
  }

  /** Most functions have nothing worth a look. Returns whether this one has. */
  #push(name: string, object: object, isNamespace: boolean, isClass = false): boolean {
    const part = partOf(name, object, isNamespace);
    const own = part.keys.slice(0, part.ownCount);
    const isWorthIt = isClass || part.accessorKeys.length > 0 || own.some((key) => key !== 'constructor');
    if (isWorthIt) this.#parts.push(part);
    return isWorthIt;
  }
}

/** The name of the first function in these that Node has not written; null when there is none. */
export function foreignIn(
  parts: readonly Pick<Part, 'name' | 'keys' | 'values'>[],
  isNodes: (call: object) => boolean,
): string | null {
  for (const { name, keys, values } of parts) {
    const place = values.findIndex((value) => typeof value === 'function' && !isNodes(value));
    if (place !== -1) return `${name}.${String(keys[place])}`;
  }
  return null;
}

/** Of a namespace only the functions: its other values may be a module's own state. */
function partOf(name: string, object: object, isNamespace: boolean): Part {
  const keys: PropertyKey[] = [];
  const values: unknown[] = [];
  const accessorKeys: PropertyKey[] = [];
  const accessors: PropertyDescriptor[] = [];
  for (const key of ownKeys(object)) {
    const property = getOwnPropertyDescriptor(object, key);
    if (property?.configurable !== true || (typeof object === 'function' && OF_FUNCTIONS.has(key))) continue;
    if (!('value' in property)) {
      accessorKeys.push(key);
      accessors.push(property);
    } else if (!isNamespace || typeof property.value === 'function') {
      keys.push(key);
      values.push(property.value);
    }
  }
  const ownCount = keys.length;
  for (const { key, value } of inheritedSymbols([name, object])) {
    keys.push(key);
    values.push(value);
  }
  return { name, object, keys, values, ownCount, accessorKeys, accessors, isNamespace };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isNamespace(value: unknown): value is object {
  if (!isObject(value)) return false;
  const parent = getPrototypeOf(value);
  return parent === null || parent === Object.prototype;
}

function changedValue({ object, keys, values }: Part): PropertyKey | null {
  const holder = object as Record<PropertyKey, unknown>;
  try {
    for (let index = 0; index < keys.length; index += 1) {
      if (holder[keys[index] as PropertyKey] !== values[index]) return keys[index] as PropertyKey;
    }
    return null;
  } catch {
    // A getter in the place of a value is the plugin's code.
    return keys.find((key, place) => !isIntact({ holder, key, value: values[place] })) ?? null;
  }
}

function changedAccessor({ object, accessorKeys, accessors }: Part): PropertyKey | null {
  for (let index = 0; index < accessors.length; index += 1) {
    const key = accessorKeys[index] as PropertyKey;
    const present = getOwnPropertyDescriptor(object, key);
    if (present?.get !== accessors[index]?.get || present?.set !== accessors[index]?.set) return key;
  }
  return null;
}

function restorePart({ name, object, keys, values, ownCount, accessorKeys, accessors }: Part): void {
  const holder = object as Record<PropertyKey, unknown>;
  for (const [index, key] of keys.entries()) {
    const entry = { holder, key, value: values[index], name, isOwn: index < ownCount };
    if (!isIntact(entry)) putBack(entry);
  }
  for (const [index, key] of accessorKeys.entries())
    defineProperty(object, key, accessors[index] as PropertyDescriptor);
}
