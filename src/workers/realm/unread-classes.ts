/**
 * Classes that Node loads when they are first read: those of `fetch`, whose library takes 3 MiB and more time than all
 * else that a thread loads, and those of `crypto`. Few plugins need them, so they are guarded without being read.
 *
 * Whether one is still unread shows in how V8 looks for a getter: it passes over a property that is not loaded yet, and
 * goes on to the prototype, where a getter of ours stands. What has been read must be Node's own class.
 */
import module from 'node:module';

const NAMES = [
  ...['FormData', 'Headers', 'Request', 'Response', 'WebSocket', 'EventSource'],
  ...['MessageEvent', 'CloseEvent', 'ErrorEvent'],
  ...['Crypto', 'CryptoKey', 'SubtleCrypto'],
];
const LIBRARIES = ['internal/deps/undici/undici', 'internal/crypto/webcrypto', 'internal/crypto/keys'];
/** The shortest of Node's classes has 85, on Node 22. A shorter text may be in the library by chance. */
const MIN_CLASS_LENGTH = 80;
const MIN_NAMELESS_LENGTH = 14;
/** Where the library of `fetch`, and every other copy of it, finds who sends the requests. */
const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

const { defineProperty, get: read, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { hasOwn } = Object;
const { toString: textOf } = Function.prototype;
const { __lookupGetter__: lookupGetter } = Object.prototype as unknown as {
  __lookupGetter__(this: object, key: string): unknown;
};

interface Internals {
  readonly permission?: unknown;
  binding?(name: 'natives'): Readonly<Record<string, string>>;
}

const { binding, permission } = process as unknown as Internals;

export class UnreadClasses {
  #unread: readonly string[] = [];
  #dispatcher: unknown;

  /** Make it before a plugin is loaded. */
  constructor() {
    // With the permission model nobody may read Node's sources, so the classes are guarded as all globals are.
    if (binding === undefined || permission !== undefined) return;
    const parent = getPrototypeOf(globalThis) as object;
    for (const name of NAMES) if (hasOwn(globalThis, name)) markPrototype(parent, name);
    this.#unread = NAMES.filter(isUnread);
  }

  /** To look at the value of such a global would load it. */
  isUnread(key: PropertyKey): boolean {
    return typeof key === 'string' && this.#unread.includes(key);
  }

  /** A plugin was loaded: what it has read or changed is from now on a global as any other. */
  accept(): void {
    this.#unread = this.#unread.filter(isUnread);
    this.#dispatcher = dispatcherNow();
  }

  /** Puts back who sends the requests of `fetch()`. Its library sets that when it is loaded, which is no change. */
  restoreDispatcher(): string | null {
    const present = dispatcherNow();
    if (present === this.#dispatcher) return null;
    const isFirst = this.#dispatcher === undefined && isOfFetch(present);
    if (isFirst) this.#dispatcher = present;
    else Reflect.set(globalThis, DISPATCHER, this.#dispatcher);
    return isFirst ? null : 'the dispatcher of fetch()';
  }

  /** The classes that the run has read or replaced. From now on they are guarded as any other global. */
  touched(): readonly string[] {
    const touched = this.#unread.filter((name) => !isUnread(name));
    if (touched.length > 0) this.accept();
    return touched;
  }

  /** Whether a class that was touched is still Node's own. */
  isIntact(name: string): boolean {
    if (!hasOwn(globalThis, name)) return false;
    try {
      return isNodesClass(read(globalThis, name));
    } catch {
      return false;
    }
  }
}

/** @throws TypeError when it is no function. */
function isNodesClass(type: unknown): boolean {
  const text = textOf.call(type);
  const sources = binding?.call(process, 'natives') ?? {};
  return text.length >= MIN_CLASS_LENGTH && LIBRARIES.some((library) => sources[library]?.includes(text));
}

function dispatcherNow(): unknown {
  return getOwnPropertyDescriptor(globalThis, DISPATCHER)?.value;
}

/** Whether the library of Node has made it. With the permission model that cannot be seen. */
function isOfFetch(dispatcher: unknown): boolean {
  if (typeof dispatcher !== 'object' || dispatcher === null) return false;
  if (permission !== undefined) return true;
  try {
    return isNodesClass(dispatcher.constructor);
  } catch {
    return false;
  }
}

/**
 * Tells Node's own functions from those of plugins, by their text, beginning with the source of the builtin module `id`.
 * Null where nobody may read Node's sources, and when a plugin has wrapped how modules are loaded: then it may wrap what
 * they export, too, whenever that is first used.
 */
export function nodesFunctions(id: string): ((call: object) => boolean) | null {
  if (binding === undefined || permission !== undefined) return null;
  const sources = binding.call(process, 'natives');
  const isNear = (other: string): boolean => other.startsWith(`internal/${id.split('/', 1)}`);
  const [near, far] = [Object.keys(sources).filter(isNear), Object.keys(sources).filter((other) => !isNear(other))];
  const order = [id, ...near, ...far];
  let last = id;
  const isNodes = (call: object): boolean => {
    const text = textOf.call(call);
    if (text.endsWith('{ [native code] }')) return true;
    // A function that is assigned to a property gets no name, and a short text may be in Node's sources by chance.
    if (text.length < MIN_NAMELESS_LENGTH && getOwnPropertyDescriptor(call, 'name')?.value === '') return false;
    if (sources[last]?.includes(text)) return true;
    const found = order.find((other) => sources[other]?.includes(text));
    last = found ?? last;
    return found !== undefined;
  };
  const { _load: load, prototype } = module as unknown as { _load: object; prototype: { require: object } };
  return isNodes(load) && isNodes(prototype.require) ? isNodes : null;
}

function markPrototype(parent: object, name: string): void {
  if (hasOwn(parent, name)) return;
  defineProperty(parent, name, {
    configurable: true,
    enumerable: false,
    get: unread,
    // If a plugin deletes the global, it can still make another.
    set(this: object, value: unknown) {
      defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
  });
}

function unread(): undefined {
  return undefined;
}

function isUnread(name: string): boolean {
  return hasOwn(globalThis, name) && lookupGetter.call(globalThis, name) === unread;
}
