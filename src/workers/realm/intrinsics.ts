/**
 * The built-in objects of this thread, as they were before any plugin was loaded. Plugins of a thread share them: what
 * one changes and leaves changed breaks the runs of the others, and this code too. So they are compared after a run,
 * and what has changed is put back, before anything else relies on it.
 *
 * A comparison of everything costs as much as an empty run does. So the properties that the code between two runs needs
 * are compared after every run, and all of them after a run that had time to change much.
 */
import { guardedBuiltIns, type NamedObject } from './built-ins.ts';

const { defineProperty, getOwnPropertyDescriptor } = Reflect;
const { getOwnPropertyNames } = Object;

/** What the code between two runs calls, ours and piscina's. */
const HOT = new Set([
  'Array.prototype.push',
  'Array.prototype.slice',
  'Array.prototype.map',
  'Array.prototype.concat',
  'Atomics.add',
  'Atomics.load',
  'Atomics.waitAsync',
  'Date.now',
  'Function.prototype.bind',
  'Function.prototype.call',
  'JSON.parse',
  'JSON.stringify',
  'Map.prototype.get',
  'Map.prototype.set',
  'Map.prototype.delete',
  'MessagePort.prototype.postMessage',
  'Object.assign',
  'Object.entries',
  'Object.fromEntries',
  'Object.keys',
  'Promise.prototype.then',
  'Promise.resolve',
  'globalThis.Date',
  'globalThis.Promise',
  'globalThis.clearTimeout',
  'globalThis.queueMicrotask',
  'globalThis.setImmediate',
  'globalThis.setInterval',
  'globalThis.setTimeout',
  'process.emit',
  'process.exit',
  'process.hrtime',
  'process.nextTick',
]);

interface Guarded {
  readonly holder: Record<PropertyKey, unknown>;
  readonly key: PropertyKey;
  readonly value: unknown;
  readonly name: string;
}

/** Make it before a plugin is loaded. It uses no iterator and no method of an array: they may be what was changed. */
export class Intrinsics {
  readonly #all: readonly Guarded[];
  readonly #hot: readonly Guarded[];
  /** Whatever is added to one of these shows up in every object. */
  readonly #prototypes: readonly NamedObject[] = [
    ['Object.prototype', Object.prototype],
    ['Array.prototype', Array.prototype],
    ['Function.prototype', Function.prototype],
  ];
  readonly #keyCounts: readonly number[];

  constructor() {
    this.#all = guardedBuiltIns();
    this.#hot = this.#all.filter(({ name }) => HOT.has(name));
    this.#keyCounts = this.#prototypes.map(([, prototype]) => getOwnPropertyNames(prototype).length);
  }

  /** Puts back what was changed. Returns the name of the first such property; null when everything is as it was. */
  restore(extent: 'hot' | 'all'): string | null {
    const guarded = extent === 'all' ? this.#all : this.#hot;
    let first: string | null = null;
    for (let index = 0; index < guarded.length; index += 1) {
      const entry = guarded[index] as Guarded;
      if (isIntact(entry)) continue;
      putBack(entry);
      first ??= entry.name;
    }
    return first ?? this.#grown();
  }

  /** An added property stays: others may use it by now, and the thread is replaced. */
  #grown(): string | null {
    for (let index = 0; index < this.#prototypes.length; index += 1) {
      const [name, prototype] = this.#prototypes[index] as NamedObject;
      if (getOwnPropertyNames(prototype).length !== this.#keyCounts[index]) return name;
    }
    return null;
  }
}

/** A getter in place of the value is the plugin's code: it may throw, which is a change too. */
function isIntact({ holder, key, value }: Guarded): boolean {
  try {
    return holder[key] === value;
  } catch {
    return false;
  }
}

/** What the plugin made unchangeable stays: the thread is replaced all the same. */
function putBack({ holder, key, value }: Guarded): void {
  const enumerable = getOwnPropertyDescriptor(holder, key)?.enumerable ?? false;
  defineProperty(holder, key, { value, writable: true, configurable: true, enumerable });
}
