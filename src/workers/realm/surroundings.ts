/**
 * What plugins of a thread share besides the language: globals, `process`, its environment, `console`, and the functions
 * of builtin modules. Libraries patch these while they are loaded, and that stays. What a run changes would break the
 * runs of other plugins, so it is put back.
 */
import { isBuiltin, syncBuiltinESMExports } from 'node:module';
import { type GuardedValue, isIntact, type NamedObject, putBack, valuesByName, valuesOf } from './built-ins.ts';
import { Exported, foreignIn } from './exported.ts';
import { ModuleHooks, Subscriptions } from './hooks.ts';
import { Settings } from './settings.ts';
import { nodesFunctions, UnreadClasses } from './unread-classes.ts';

/** They are accessors, or inherited, and so not found among the values of their object. */
const GLOBALS = ['process', 'Buffer', 'performance'];
const PROCESS = [
  ...['on', 'once', 'off', 'addListener', 'removeListener', 'removeAllListeners', 'emit', 'listeners'],
  ...['env', 'argv', 'execArgv', 'execPath', 'version', 'versions', 'platform', 'stdout', 'stderr'],
];
/** Events change these in every process. */
const OF_EVENTS = new Set(['_events', '_eventsCount', '_maxListeners', '_exiting', 'domain']);
/** Node reads these while it goes on, and passes them on to child processes, so that one of them concerns every plugin. */
const OF_NODE = [
  ...['TZ', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_PATH'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'PATH'],
  ...['TMPDIR', 'TMP', 'TEMP', 'HOME', 'USERPROFILE'],
];
const LOADED_BUILTIN = 'NativeModule ';
/** A plugin may choose the name of a variable, which may be longer than a message. */
const MAX_NAME_LENGTH = 128;
const INTERNAL = 'internal/';
const OF_PROMISES = /^internal\/[^/]+\/promises$/;

interface GuardedList {
  readonly name: string;
  readonly list: string[];
  readonly items: readonly string[];
}

type Listener = (...args: unknown[]) => void;

export class Surroundings {
  readonly #process = process;
  readonly #moduleHooks = new ModuleHooks();
  readonly #subscriptions = new Subscriptions();
  readonly #settings = new Settings();
  readonly #exported: Exported;
  /** The builtin modules whose exports are guarded. Those that are loaded before the first plugin are not, until then. */
  readonly #guardedIds = new Set<string>();
  #loadedIds: ReadonlySet<string> = new Set();
  readonly #unreadClasses = new UnreadClasses();
  readonly #streams = [process.stdout, process.stderr];
  #loadedCount = 0;
  #values: readonly GuardedValue[] = [];
  #lists: readonly GuardedList[] = [];
  #variables: readonly (readonly [name: string, value: string | undefined])[] = [];
  #listeners: readonly (readonly [event: string | symbol, listener: Listener])[] = [];

  /** Make it before a plugin is loaded. `known` are guarded otherwise. */
  constructor(known: readonly object[] = []) {
    this.#exported = new Exported(known);
    this.#note();
  }

  /** A plugin was loaded: from now on what it has changed is how things are. */
  accept(): void {
    const isFirst = this.#guardedIds.size === 0;
    this.#note();
    this.#exported.accept();
    if (isFirst) this.#exported.add([['', this.#readGlobals()]]);
    for (const id of this.#loadedIds) {
      if (this.#guardedIds.has(id)) continue;
      this.#guardedIds.add(id);
      this.#exported.add([[`${id}.`, this.#process.getBuiltinModule(id) as object]]);
    }
    this.#settings.accept(this.#loadedIds);
  }

  #note(): void {
    this.#moduleHooks.accept();
    this.#subscriptions.accept();
    this.#unreadClasses.accept();
    this.#loadedIds = new Set(loadedBuiltins(this.#process));
    this.#loadedCount = loadCount(this.#process);
    const { env, argv, execArgv } = this.#process;
    this.#values = guardedValues(this.#process, this.#unreadClasses);
    this.#lists = [
      { name: 'process.argv', list: argv, items: [...argv] },
      { name: 'process.execArgv', list: execArgv, items: [...execArgv] },
    ];
    const absent = OF_NODE.filter((name) => env[name] === undefined);
    this.#variables = [...Object.entries(env), ...absent.map((name) => [name, undefined] as const)];
    this.#listeners = this.#process
      .eventNames()
      .flatMap((event) => this.#process.rawListeners(event).map((listener) => [event, listener as Listener] as const));
  }

  /**
   * Puts back what was changed. Returns the name of the first; null when everything is as it was. What exported classes
   * have, and how builtin modules are set, is compared only in a deep look.
   */
  restore(extent: 'all' | 'deep'): string | null {
    const isDeep = extent === 'deep';
    const changed = [
      this.#restoreValues(),
      this.#restoreUnread(),
      this.#unreadClasses.restoreDispatcher(),
      isDeep ? this.#exported.restore() : null,
      isDeep ? this.#settings.restore() : null,
      this.#changedSinceLoaded(),
      this.#restoreLists(),
      this.#restoreVariables(),
      this.#restoreListeners(),
      this.#moduleHooks.restore(),
      this.#subscriptions.restore(),
      this.#endedStream(),
    ];
    return changed.find((name) => name !== null) ?? null;
  }

  #restoreValues(): string | null {
    const changed = this.#values.filter((each) => !isIntact(each));
    for (const each of changed) putBack(each);
    if (changed.length > 0) syncBuiltinESMExports();
    return changed[0]?.name ?? null;
  }

  /** A class that was never loaded cannot be put back. The thread is replaced all the same. */
  #restoreUnread(): string | null {
    const touched = this.#unreadClasses.touched();
    if (touched.length === 0) return null;
    this.#values = [...this.#values, ...valuesOf(['globalThis', globalThis], touched)];
    const parts = this.#exported.add([['', pick(globalThis, touched)]]);
    const changed = touched.find((name) => !this.#unreadClasses.isIntact(name));
    const isNodes = nodesFunctions('internal/deps/undici/undici');
    const changedPart = isNodes === null ? null : foreignIn(parts, isNodes);
    return changed === undefined ? changedPart : `globalThis.${changed}`;
  }

  /**
   * Builtin modules that the run has loaded first. Nobody has seen them before the run could change them, so their
   * functions are compared with Node's sources. Those that were changed cannot be put back.
   */
  #changedSinceLoaded(): string | null {
    if (loadCount(this.#process) === this.#loadedCount) return null;
    this.#loadedCount = loadCount(this.#process);
    const loaded = loadedBuiltins(this.#process);
    const fresh = loaded.filter((id) => !this.#loadedIds.has(id));
    this.#loadedIds = new Set(loaded);
    let first: string | null = null;
    for (const id of fresh) {
      this.#guardedIds.add(id);
      first ??= this.#changedIn(id);
    }
    return this.#settings.add(fresh) ?? first;
  }

  #changedIn(id: string): string | null {
    const exports = this.#process.getBuiltinModule(id) as object;
    const values = valuesOf([id, exports]);
    this.#values = [...this.#values, ...values];
    const own = { name: id, keys: values.map(({ key }) => key), values: values.map(({ value }) => value) };
    const parts = [own, ...this.#exported.add([[`${id}.`, exports]])];
    const isNodes = nodesFunctions(id);
    return isNodes === null ? null : foreignIn(parts, isNodes);
  }

  /** The globals that are read already, or that cost nothing to read. */
  #readGlobals(): object {
    const keys = Reflect.ownKeys(globalThis).filter((key) => !this.#unreadClasses.isUnread(key));
    return pick(globalThis, keys);
  }

  #restoreLists(): string | null {
    const changed = this.#lists.filter(
      ({ list, items }) => list.length !== items.length || list.some((item, place) => item !== items[place]),
    );
    for (const { list, items } of changed) list.splice(0, list.length, ...items);
    return changed[0]?.name ?? null;
  }

  /** Most variables that were added hurt nobody: a library may read a file of them in its first run. */
  #restoreVariables(): string | null {
    const { env } = this.#process;
    const changed = this.#variables.filter(([name, value]) => env[name] !== value);
    for (const [name, value] of changed) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    return changed[0] === undefined ? null : `process.env.${changed[0][0].slice(0, MAX_NAME_LENGTH)}`;
  }

  #restoreListeners(): string | null {
    const host = this.#process;
    const removed = this.#listeners.filter(([event, listener]) => !host.rawListeners(event).includes(listener));
    for (const [event, listener] of removed) host.on(event, listener);
    return removed[0] === undefined ? null : `the listeners of process for ${String(removed[0][0])}`;
  }

  /** An ended stream cannot be opened again. */
  #endedStream(): string | null {
    const place = this.#streams.findIndex(({ writable }) => !writable);
    return place === -1 ? null : `process.${place === 0 ? 'stdout' : 'stderr'}`;
  }
}

function guardedValues(host: NodeJS.Process, unreadClasses: UnreadClasses): GuardedValue[] {
  const modules = loadedBuiltins(host).map((id): NamedObject => [id, host.getBuiltinModule(id) as object]);
  return [
    ...valuesOf(
      ['globalThis', globalThis],
      Reflect.ownKeys(globalThis).filter((key) => !unreadClasses.isUnread(key)),
    ),
    ...valuesByName(['globalThis', globalThis], GLOBALS),
    ...valuesOf(['process', host]).filter(({ key }) => !OF_EVENTS.has(String(key))),
    ...valuesByName(['process', host], PROCESS),
    ...valuesOf(['console', console]),
    ...valuesByName(['process.stdout', host.stdout], ['write']),
    ...valuesByName(['process.stderr', host.stderr], ['write']),
    ...modules.flatMap((named) => valuesOf(named)),
  ];
}

interface Loader extends NodeJS.Process {
  readonly moduleLoadList?: readonly string[];
}

function loadCount({ moduleLoadList }: Loader): number {
  return moduleLoadList?.length ?? 0;
}

/** The builtin modules that somebody in this thread has loaded. Nobody can have changed the others. */
function loadedBuiltins({ moduleLoadList = [] }: Loader): string[] {
  const ids = moduleLoadList
    .filter((entry) => entry.startsWith(LOADED_BUILTIN))
    .map((entry) => entry.slice(LOADED_BUILTIN.length))
    // What `fs.promises` is has another name inside of Node.
    .map((id) => (OF_PROMISES.test(id) ? id.slice(INTERNAL.length) : id))
    .filter((id) => !id.startsWith(INTERNAL) && id !== 'process' && isBuiltin(id));
  return [...new Set(ids)];
}

/** The values of an object, without reading what would have to be made for it. */
function pick(object: object, keys: readonly PropertyKey[]): object {
  const picked = {};
  for (const key of keys) {
    const property = Reflect.getOwnPropertyDescriptor(object, key);
    if (property !== undefined && 'value' in property) Reflect.defineProperty(picked, key, property);
  }
  return picked;
}
