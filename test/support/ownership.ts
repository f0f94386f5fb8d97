/**
 * Who owns what: edit this when a file moves. Paths are relative to `src`; `*` is within a folder, `**` across folders.
 * A driver, a thread, a timer or a clock that appears in another file is a second owner, and the test says so.
 */

export interface Ownership {
  readonly rule: string;
  /** Import specifiers (a package's name covers its subpaths, and so does `node:timers`). */
  readonly modules?: readonly string[];
  /** Globals, as `setTimeout`, `Date.now` or `new Date()`. */
  readonly globals?: readonly string[];
  readonly owners: readonly string[];
  /** Only one of the files that `owners` matches may have it. */
  readonly singleFile?: boolean;
  /** Importing its types makes nobody an owner. */
  readonly typesAreFree?: boolean;
  readonly instead: string;
}

/** Ports, each a singular file, and the folders of their adapters. */
export const PORTS = ['clock', 'locking', 'logger', 'store', 'run-pool'].map((port) => `supervisor/${port}.ts`);
export const ADAPTER_FOLDERS = ['clocks', 'lockings', 'loggers', 'stores', 'run-pools'].map(
  (kind) => `supervisor/${kind}`,
);
/** In an adapter folder, files named so are adapters; the others are their parts. */
export const ADAPTER_FILES = ['*-clock.ts', '*-locking.ts', '*-logger.ts', '*-store.ts', '*-pool.ts'];
/** The composition root: what joins ports and adapters. Only itself and `testing` import it. */
export const COMPOSITION_ROOT = ['supervisor/supervisor-entry.ts', 'supervisor/open-backends.ts'];
/** Files beside `index.ts` that run in every thread: they hold no state and know no thread. */
export const SHARED_BY_ALL_THREADS = [
  'did-you-mean.ts',
  'errors.ts',
  'plugin.ts',
  'thread-entry-url.ts',
  'value-preview.ts',
  'wire-error.ts',
  'wire-fault.ts',
];
export const MACHINES_MAY_IMPORT = ['xstate', 'cron-parser', 'temporal-polyfill', 'machines/**', 'errors.ts'];

export const OWNERSHIP: readonly Ownership[] = [
  {
    rule: 'worker_threads is owned',
    modules: ['node:worker_threads'],
    typesAreFree: true,
    owners: [
      'supervisor-client.ts',
      'thread-entry-url.ts',
      'supervisor/supervisor-entry.ts',
      'supervisor/run-pools/*',
      'supervisor/stores/*',
      'supervisor/lockings/*',
      'store/store-entry.ts',
      'locks/lock-entry.ts',
      'workers/run-entry.ts',
      'workers/supervisor-port.ts',
    ],
    instead: 'take a MessagePort (its type is free to import), or a port of the supervisor',
  },
  {
    rule: 'timers are owned',
    modules: ['node:timers'],
    globals: ['setTimeout', 'setInterval', 'setImmediate'],
    owners: [
      'supervisor-client.ts',
      'supervisor/clocks/*',
      'supervisor/run-pools/*',
      'workers/**',
      'store/serve.ts',
      'cli/ending.ts',
      'testing/virtual-clock.ts',
      'testing/conformance/*',
    ],
    instead: 'use the injected Clock (supervisor/clock.ts), so that a virtual clock drives it in tests',
  },
  {
    rule: 'the time of day is owned',
    globals: ['Date.now', 'new Date()', 'performance.now', 'performance.timeOrigin', 'process.hrtime'],
    owners: [
      'next-occurrences.ts',
      'supervisor-client.ts',
      'supervisor/clocks/*',
      'locks/machine-clock.ts',
      'workers/thread-clock.ts',
      'cli/**',
    ],
    instead: 'use the injected Clock, or take the instant as a parameter',
  },
  {
    rule: 'chance is owned',
    modules: ['node:crypto'],
    globals: ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues'],
    owners: [
      'scheduler-options.ts',
      'supervisor/supervisor-entry.ts',
      'supervisor/lockings/*',
      'supervisor/stores/*',
      'locks/*',
      'testing/conformance/*',
    ],
    instead: 'take the id or the random source as a parameter, so that a seed replays it',
  },
  {
    rule: 'modules named at run time are loaded by their owners',
    modules: ['(computed)'],
    owners: ['supervisor/open-backends.ts', 'workers/guests/*', 'cli/**'],
    instead: 'plugins load in workers/guests, backends in supervisor/open-backends.ts',
  },
  {
    rule: 'piscina is owned',
    modules: ['piscina', '@napi-rs/nice'],
    owners: ['supervisor/run-pools/*'],
    instead: 'use the RunPool port (supervisor/run-pool.ts)',
  },
  {
    rule: 'pino is owned',
    modules: ['pino'],
    owners: ['supervisor/loggers/*'],
    instead: 'use the Logger port (supervisor/logger.ts)',
  },
  {
    rule: 'xstate is owned',
    modules: ['xstate'],
    owners: ['machines/**', 'supervisor/schedule-actor.ts'],
    instead: 'put the decision into a machine, and drive it from supervisor/schedule-actor.ts',
  },
  {
    rule: 'cron-parser is owned',
    modules: ['cron-parser'],
    owners: ['machines/*'],
    singleFile: true,
    instead: 'use the recurrence functions of src/machines',
  },
  {
    rule: 'temporal-polyfill is owned',
    modules: ['temporal-polyfill'],
    owners: ['machines/*'],
    singleFile: true,
    instead: 'use the time zone functions of src/machines',
  },
  {
    rule: 'valibot is owned',
    modules: ['valibot'],
    owners: [
      'scheduler-options.ts',
      'supervisor/plugin-declaration.ts',
      'supervisor/stores/*-options.ts',
      'supervisor/lockings/*-options.ts',
    ],
    instead:
      "check what comes from outside where it comes in: options on the host thread, a plugin's answer in the supervisor",
  },
  {
    rule: 'SQLite is owned',
    modules: ['node:sqlite'],
    owners: ['store/**', 'locks/*'],
    instead: 'use the StateStore or the LockingPlugin port: SQLite blocks, so it has a thread of its own',
  },
  {
    rule: 'Redis is owned',
    modules: ['redis', 'ioredis'],
    owners: ['supervisor/lockings/*'],
    instead: 'use the LockingPlugin port',
  },
  {
    rule: 'Postgres is owned',
    modules: ['pg'],
    owners: ['supervisor/postgres/*'],
    instead: 'use supervisor/postgres/connection.ts, from an adapter',
  },
];
