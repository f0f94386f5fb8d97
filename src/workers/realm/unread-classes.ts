/**
 * Classes that Node loads when they are first read: those of `fetch`, whose library takes 3 MiB and more time than all
 * else that a thread loads, and those of `crypto`. Few plugins need them, so they are guarded without being read.
 *
 * Whether one is still unread shows in how V8 looks for a getter: it passes over a property that is not loaded yet, and
 * goes on to the prototype, where a getter of ours stands. What has been read must be Node's own class.
 */
const NAMES = [
  ...['FormData', 'Headers', 'Request', 'Response', 'WebSocket', 'EventSource'],
  ...['MessageEvent', 'CloseEvent', 'ErrorEvent'],
  ...['Crypto', 'CryptoKey', 'SubtleCrypto'],
];
const LIBRARIES = ['internal/deps/undici/undici', 'internal/crypto/webcrypto', 'internal/crypto/keys'];
/** The shortest of Node's classes has 85, on Node 22. A shorter text may be in the library by chance. */
const MIN_CLASS_LENGTH = 80;

const { defineProperty, get: read, getPrototypeOf } = Reflect;
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
      const text = textOf.call(read(globalThis, name));
      const sources = binding?.call(process, 'natives') ?? {};
      return text.length >= MIN_CLASS_LENGTH && LIBRARIES.some((library) => sources[library]?.includes(text));
    } catch {
      return false;
    }
  }
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
