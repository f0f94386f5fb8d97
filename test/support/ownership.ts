/**
 * Who owns what: edit this when a file moves. Paths are relative to `src`; `*` is within a folder, `**` across folders.
 * A driver, a thread, a timer or a clock that appears in another file is a second owner, and the test says so.
 */

import { BORN_OLD } from './source-scan.ts';

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

/** What the supervisor sees of the world: interfaces, and small functions over them. */
export const PORTS_FOLDER = 'supervisor/ports';
/**
 * The folders of the supervisor from the ground up, in the order of a schedule's life: each imports only from those
 * before it. What stands beside them in `supervisor/` is on top, but for its vocabulary, which everybody may use.
 */
export const SUPERVISOR_FLOORS = [
  'ports',
  'schedules',
  'planning',
  'recording',
  'locking',
  'positioning',
  'pausing',
  'watching',
  'cluster',
  'calling',
  'running',
  'recovering',
  'operating',
  'linking',
].map((name) => `supervisor/${name}`);
export const SUPERVISOR_VOCABULARY = [
  'protocol',
  'operator-protocol',
  'operator-reports',
  'plugin-reports',
  'scheduler-reports',
  'supervisor-config',
  'observing/metrics-report',
].map((name) => `supervisor/${name}.ts`);
/** What operators ask a scheduler, as types: whoever looks at one from outside may import these types. */
export const OPERATOR_VOCABULARY = ['operator-protocol', 'operator-reports'].map((name) => `supervisor/${name}.ts`);
/** Adapters that are not backends, in folders of the supervisor. */
export const ADAPTER_FOLDERS = ['supervisor/clocks', 'supervisor/loggers', 'supervisor/running/pool'];
/** The thread that makes HTTP requests for plugins, and what the supervisor thread knows of it. */
export const OUTBOUND_FOLDER = 'outbound';
/** One folder for each technology that can keep state or locks. */
export const TECHNOLOGY_FOLDERS = ['memory', 'postgres', 'redis', 'sqlite'].map((name) => `backends/${name}`);
/** What technologies have in common. */
export const KIT_FOLDERS = ['batching', 'shared-store', 'exchange', 'options'].map((name) => `backends/${name}`);
/** The composition root: what joins ports and adapters. Only itself and `testing` import it. */
export const COMPOSITION_ROOT = [
  'supervisor/supervisor-entry.ts',
  'supervisor/open-backends.ts',
  'supervisor/pools.ts',
  'console/console-entry.ts',
];
/** The plugin contract, which is types. */
const CONTRACT = ['plugin.ts', 'plugin-host.ts', 'plugin-run.ts', 'standard-schema.ts'];
/** Files and folders that run in every thread: they hold no state and know no thread. */
export const SHARED_BY_ALL_THREADS = ['errors.ts', ...CONTRACT, 'machines/**', 'wire/**'];
export const MACHINES_MAY_IMPORT = [
  'xstate',
  'cron-parser',
  'temporal-polyfill',
  'leven',
  // To load the two packages of the calendar when an expression needs them.
  'node:module',
  'machines/**',
  'errors.ts',
];
/** The console's page: it runs in a browser, and takes from the rest what is pure, and types of what it is told. */
export const PAGE_FOLDER = 'console/page';
export const PAGE_MAY_IMPORT = [
  'preact',
  'preact/hooks',
  'uplot',
  'cronstrue',
  `${PAGE_FOLDER}/**`,
  'machines/run.ts',
  'machines/operating/schedule-lists.ts',
  'machines/rendezvous.ts',
  'machines/calendar/duration.ts',
  'machines/calendar/reading/*-duration.ts',
];
/** The reader of WebAssembly modules: what it may import, and who may import it. */
export const WASM_MAY_IMPORT = ['wasm/**', 'errors.ts'];
export const WASM_USERS = ['wasm', 'workers', 'cli', 'testing'];

export const OWNERSHIP: readonly Ownership[] = [
  {
    rule: 'worker_threads is owned',
    modules: ['node:worker_threads'],
    typesAreFree: true,
    owners: [
      'host/supervisor-thread.ts',
      'host/console/console-thread.ts',
      'console/console-entry.ts',
      'supervisor/supervisor-entry.ts',
      'supervisor/running/pool/threads/*',
      'backends/sqlite/*',
      'backends/sqlite/*-thread/*-entry.ts',
      'outbound/outbound-thread.ts',
      'outbound/outbound-entry.ts',
      'workers/run-entry.ts',
      'workers/process-entry.ts',
      'workers/watchdog-entry.ts',
      'workers/realm/*',
      'workers/ports/thread-port.ts',
    ],
    instead: 'take a MessagePort (its type is free to import), or a port of the supervisor',
  },
  {
    rule: 'child processes are owned',
    modules: ['node:child_process', 'node:cluster'],
    owners: ['supervisor/running/pool/processes/*', 'backends/sqlite/file-header.ts', 'cli/remote/browser.ts'],
    instead: 'let a plugin run in a process (isolation), or start a thread where threads are owned',
  },
  {
    rule: 'the network of plugins is owned',
    modules: ['node:http', 'node:https', 'node:http2', 'node:dns'],
    globals: ['fetch'],
    // The command line asks a console whose address its user has named.
    owners: ['outbound/*', 'console/http/**', 'console/page/server/*', 'cli/remote/*'],
    instead: 'use the Fetcher port (supervisor/ports/fetcher.ts): what a server answers has a thread of its own',
  },
  {
    rule: 'timers are owned',
    modules: ['node:timers'],
    globals: ['setTimeout', 'setInterval', 'setImmediate'],
    owners: [
      'host/restarting/heartbeat-watch.ts',
      'host/console/port-source.ts',
      'host/hearing/host-clock.ts',
      'host/stop-limit.ts',
      'host/supervisor-thread.ts',
      'supervisor/supervisor-entry.ts',
      'supervisor/clocks/*',
      'supervisor/running/pool/threads/*',
      'workers/**',
      'backends/sqlite/store-thread/serve.ts',
      'outbound/desk.ts',
      'cli/ending.ts',
      'cli/watching/*',
      'console/http/events/*',
      'console/http/serving/*',
      'cli/remote/*',
      'cli/live/live-top.ts',
      'testing/real-time.ts',
      'testing/conformance/*',
      'console/page/**',
    ],
    instead: 'use the injected Clock (supervisor/ports/clock.ts), so that a virtual clock drives it in tests',
  },
  {
    rule: 'the time of day is owned',
    globals: ['Date.now', 'new Date()', 'performance.now', 'performance.timeOrigin', 'process.hrtime'],
    owners: [
      'host/console/console-thread.ts',
      'host/hearing/host-clock.ts',
      'host/next-occurrences.ts',
      'host/stop-limit.ts',
      'host/supervisor-client.ts',
      'supervisor/clocks/*',
      'backends/sqlite/lock-thread/machine-clock.ts',
      'workers/thread-clock.ts',
      'console/http/serving/*',
      'cli/**',
      'console/page/**',
    ],
    instead: 'use the injected Clock, or take the instant as a parameter',
  },
  {
    rule: 'chance is owned',
    modules: ['node:crypto'],
    globals: ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues'],
    owners: [
      'host/resolve-options.ts',
      'host/console/console-socket.ts',
      'supervisor/supervisor-entry.ts',
      'supervisor/running/pool/threads/*',
      'backends/**',
      // Hashes and MACs, which leave nothing to chance.
      'console/page-files.ts',
      'console/http/gates/*',
      'console/http/page/*',
      'console/socket-path.ts',
      'console/console-entry.ts',
      // The signature of webhooks, in which nothing is chance.
      'console/notify/signature.ts',
      'testing/conformance/*',
    ],
    instead: 'take the id or the random source as a parameter, so that a seed replays it',
  },
  {
    rule: 'modules named at run time are loaded by their owners',
    modules: ['(computed)'],
    owners: ['backends/options/user-module.ts', 'workers/guests/*', 'cli/**'],
    instead: 'plugins load in workers/guests, what backends are given in backends/options/user-module.ts',
  },
  {
    rule: 'piscina is owned',
    modules: ['piscina', '@napi-rs/nice'],
    owners: ['supervisor/running/pool/threads/*'],
    instead: 'use the RunPool port (supervisor/ports/run-pool.ts)',
  },
  {
    rule: 'pino is owned',
    modules: ['pino'],
    owners: ['supervisor/loggers/*'],
    instead: 'use the Logger port (supervisor/ports/logger.ts)',
  },
  {
    rule: 'xstate is owned',
    modules: ['xstate'],
    owners: ['machines/**', 'supervisor/schedules/actor.ts'],
    instead: 'put the decision into a machine, and drive it from supervisor/schedules/actor.ts',
  },
  {
    rule: 'cron-parser is owned',
    modules: ['cron-parser'],
    owners: ['machines/calendar/*'],
    singleFile: true,
    instead: 'use the recurrence functions of src/machines',
  },
  {
    rule: 'temporal-polyfill is owned',
    modules: ['temporal-polyfill'],
    owners: ['machines/calendar/*'],
    singleFile: true,
    instead: 'use the time zone functions of src/machines',
  },
  {
    rule: 'valibot is owned',
    modules: ['valibot'],
    owners: [
      'host/checking/*',
      'supervisor/schedules/plugin-declaration.ts',
      'supervisor/schedules/declaring/declaration-rules.ts',
      'supervisor/schedules/plugin-about.ts',
      'backends/*/*-options.ts',
      'console/http/routes/*',
      'console/http/openapi/*',
      'cli/remote/answers.ts',
    ],
    instead:
      "check what comes from outside where it comes in: options on the host thread, a plugin's answer in the supervisor",
  },
  {
    rule: 'SQLite is owned',
    modules: ['node:sqlite'],
    // The schema serves both threads, and imports nothing but types.
    owners: ['backends/sqlite/*-thread/**', 'backends/sqlite/file-schema.ts'],
    instead: 'use the StateStore or the LockingPlugin port: SQLite blocks, so it has a thread of its own',
  },
  {
    rule: 'Redis is owned',
    modules: ['redis', 'ioredis'],
    owners: ['backends/redis/*'],
    instead: 'use the LockingPlugin port',
  },
  {
    rule: 'the browser is owned',
    modules: ['preact', 'uplot', 'cronstrue'],
    globals: ['localStorage', 'sessionStorage', 'requestAnimationFrame', 'matchMedia'],
    owners: ['console/page/**'],
    instead: 'show it on the page (src/console/page), which alone runs in a browser',
  },
  {
    rule: 'Postgres is owned',
    modules: ['pg'],
    owners: ['backends/postgres/connection/*'],
    instead: 'use backends/postgres/connection/postgres-connection.ts',
  },
  {
    rule: 'OpenTelemetry is owned',
    modules: ['@opentelemetry/api'],
    owners: ['opentelemetry/*'],
    instead: 'give the fact an event or a field; whoever traces listens (src/opentelemetry)',
  },
  {
    rule: 'diagnostics channels are owned',
    modules: ['node:diagnostics_channel'],
    // A thread follows who of its plugins subscribes.
    owners: ['host/observing/diagnostics.ts', 'opentelemetry/instrument-scheduler.ts', 'workers/realm/hooks.ts'],
    instead: 'announce an event of the scheduler (host/observing/diagnostics.ts)',
  },
  {
    rule: 'prom-client is owned',
    modules: ['prom-client'],
    owners: ['console/metrics/*'],
    singleFile: true,
    instead:
      'count in the supervisor (recording/run-figures.ts), and describe the family in console/metrics/families.ts',
  },
  {
    rule: 'what a run makes dies with it',
    globals: Object.values(BORN_OLD),
    // No run passes through the first four. The others assign functions once in the life of a thread or a connection.
    owners: [
      'cli/**',
      'console/**',
      'opentelemetry/**',
      'testing/**',
      'backends/redis/user-client.ts',
      'supervisor/engine.ts',
      'supervisor/watching/watching.ts',
      'workers/context/run-output.ts',
      'workers/realm/*',
    ],
    instead: 'take a value, a class, or a constant that holds the function (docs/decisions/0025)',
  },
];
