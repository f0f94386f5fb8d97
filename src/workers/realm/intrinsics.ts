/**
 * The built-in objects of this thread, as they were before any plugin was loaded. Plugins of a thread share them: what
 * one changes and leaves changed breaks the runs of the others, and this code too. So they are compared after a run,
 * and what has changed is put back, before anything else relies on it.
 *
 * A comparison of everything costs as much as an empty run does. So the properties that the code between two runs needs
 * are compared after every run, and all of them after a run that had time to change much.
 */
import {
  type GuardedAccessor,
  type GuardedValue,
  guardedBuiltIns,
  HOT,
  inheritedSymbols,
  isIntact,
  type NamedObject,
  putBack,
} from './built-ins.ts';

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, isExtensible, ownKeys } = Reflect;
const { setPrototypeOf } = Object;

/** `all` compares what the objects have, and `deep` besides what they inherit. */
export type Extent = 'hot' | 'all' | 'deep';

/** Libraries set these while they are loaded: they change how errors look. A run must leave them as it found them. */
const FREE_AT_LOAD = ['prepareStackTrace', 'stackTraceLimit'] as const;

const NOTHING = {};
const EMPTY: readonly never[] = [];
const { isConcatSpreadable, toPrimitive } = Symbol;

interface Shape {
  readonly name: string;
  readonly object: object;
  readonly prototype: object | null;
}

/** Make it before a plugin is loaded. It uses no iterator and no method of an array: they may be what was changed. */
export class Intrinsics {
  readonly #values: readonly GuardedValue[];
  readonly #hot: readonly GuardedValue[];
  readonly #accessors: readonly GuardedAccessor[];
  readonly #shapes: readonly Shape[];
  /** Only a deep look compares them. */
  readonly #inherited: readonly GuardedValue[];
  /** Whatever is added to one of these shows up in every object. */
  readonly #shared: readonly NamedObject[] = [
    ['Object.prototype', Object.prototype],
    ['Array.prototype', Array.prototype],
    ['Function.prototype', Function.prototype],
  ];
  readonly #sharedKeys: readonly Readonly<Record<PropertyKey, true>>[];
  readonly #sharedCounts: readonly number[];
  readonly #errorOptions: [unknown, unknown] = [undefined, undefined];

  constructor() {
    const { values, accessors, objects } = guardedBuiltIns();
    this.#values = values;
    this.#hot = values.filter(({ name }) => HOT.has(name));
    this.#accessors = accessors;
    this.#shapes = objects.map(([name, object]) => ({ name, object, prototype: getPrototypeOf(object) }));
    this.#inherited = objects.flatMap(inheritedSymbols);
    this.#sharedCounts = this.#shared.map(([, object]) => ownKeys(object).length);
    this.#sharedKeys = this.#shared.map(([, object]) => keySet(object));
    this.began();
  }

  /** Everything that is guarded here. */
  get objects(): readonly object[] {
    return this.#shapes.map(({ object }) => object);
  }

  /** A run is about to begin. */
  began(): void {
    this.#errorOptions[0] = Error.prepareStackTrace;
    this.#errorOptions[1] = Error.stackTraceLimit;
  }

  /** Puts back what was changed. Returns the name of the first such property; null when everything is as it was. */
  restore(extent: Extent): string | null {
    if (extent === 'hot' && this.#isHotIntact()) return null;
    const added = this.#removeAdded();
    const changed = this.#restoreValues(extent === 'hot' ? this.#hot : this.#values) ?? this.#restoreErrorOptions();
    if (extent === 'hot') return changed ?? added;
    const shape = changed ?? this.#restoreAccessors() ?? this.#changedShape() ?? added;
    return (extent === 'deep' ? this.#restoreValues(this.#inherited) : null) ?? shape;
  }

  /** What is looked at after every run, in as little time as can be: a hundredth of an empty run. */
  #isHotIntact(): boolean {
    // The usual way to add a property to every object makes it show up here.
    // biome-ignore lint/suspicious/useGuardForIn: what is inherited is what is looked for.
    for (const _ in NOTHING) return false;
    // The language reads these of every object and every array, and nobody has them by default.
    if (toPrimitive in NOTHING || isConcatSpreadable in EMPTY) return false;
    const options = this.#errorOptions;
    try {
      for (let index = 0; index < this.#hot.length; index += 1) {
        const { holder, key, value } = this.#hot[index] as GuardedValue;
        if (holder[key] !== value) return false;
      }
      return Error.prepareStackTrace === options[0] && Error.stackTraceLimit === options[1];
    } catch {
      return false;
    }
  }

  #restoreValues(guarded: readonly GuardedValue[]): string | null {
    let first: string | null = null;
    for (let index = 0; index < guarded.length; index += 1) {
      const entry = guarded[index] as GuardedValue;
      if (isIntact(entry)) continue;
      putBack(entry);
      first ??= entry.name;
    }
    return first;
  }

  #restoreErrorOptions(): string | null {
    let first: string | null = null;
    for (let index = 0; index < FREE_AT_LOAD.length; index += 1) {
      const key = FREE_AT_LOAD[index] as string;
      if (isIntact({ holder: Error as never, key, value: this.#errorOptions[index] })) continue;
      defineProperty(Error, key, { value: this.#errorOptions[index], writable: true, configurable: true });
      first ??= `Error.${key}`;
    }
    return first;
  }

  #restoreAccessors(): string | null {
    let first: string | null = null;
    for (let index = 0; index < this.#accessors.length; index += 1) {
      const { holder, key, property, name } = this.#accessors[index] as GuardedAccessor;
      const present = getOwnPropertyDescriptor(holder, key);
      if (present?.get === property.get && present?.set === property.set) continue;
      defineProperty(holder, key, property);
      first ??= name;
    }
    return first;
  }

  /** A frozen object breaks libraries that assign to it; another prototype shows up in everything that inherits. */
  #changedShape(): string | null {
    let first: string | null = null;
    for (let index = 0; index < this.#shapes.length; index += 1) {
      const { name, object, prototype } = this.#shapes[index] as Shape;
      if (!isExtensible(object)) first ??= name;
      else if (getPrototypeOf(object) !== prototype) {
        setPrototypeOf(object, prototype);
        first ??= name;
      }
    }
    return first;
  }

  #removeAdded(): string | null {
    let first: string | null = null;
    for (let index = 0; index < this.#shared.length; index += 1) {
      const [name, object] = this.#shared[index] as NamedObject;
      if (ownKeys(object).length === this.#sharedCounts[index]) continue;
      removeUnknown(object, this.#sharedKeys[index] as Readonly<Record<PropertyKey, true>>);
      first ??= name;
    }
    return first;
  }
}

function keySet(object: object): Record<PropertyKey, true> {
  const keys = Object.create(null) as Record<PropertyKey, true>;
  for (const key of ownKeys(object)) keys[key] = true;
  return keys;
}

function removeUnknown(object: object, known: Readonly<Record<PropertyKey, true>>): void {
  const keys = ownKeys(object);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as PropertyKey;
    if (known[key] !== true) deleteProperty(object, key);
  }
}
