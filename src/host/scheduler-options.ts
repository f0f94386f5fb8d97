import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { InvalidOptionError } from '../errors.ts';
import { canonicalTimezone } from '../machines/calendar/time-zone.ts';
import { nearestWord } from '../machines/did-you-mean.ts';
import type { Budget, JsonValue } from '../plugin.ts';
import type { BackendDescription, PluginReference, SupervisorConfig } from '../supervisor/supervisor-config.ts';
import { memoryStore } from './backends.ts';
import type { HostFunction } from './host-functions.ts';

/** A plugin to install: its module, or its module with what this installation of it is for. */
export type PluginOption =
  | string
  | {
      /** A path or `file:` URL, relative to `baseUrl`, or a package. */
      readonly module: string;
      readonly tenantId?: string;
      readonly siteId?: string;
      /** Handed to the plugin's factory. */
      readonly options?: JsonValue;
    };

/** The threads that run plugins. */
export interface PoolOptions {
  /** Threads that are kept although they are idle. Default: as many as `maxThreads`. */
  readonly minThreads?: number;
  /** Runs at a time. Default: the number of cores, at least 2. */
  readonly maxThreads?: number;
  /** Runs that may wait for a thread; more end as `pool-full`. Default 10,000. */
  readonly maxQueue?: number;
  /** By how much plugins are nicer than the host (POSIX). Default 10. */
  readonly niceIncrement?: number;
  /** V8's limits for each thread, as `worker_threads` takes them. Default: `maxOldGenerationSizeMb` is `budget.heapMb`. */
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number;
    readonly maxYoungGenerationSizeMb?: number;
    readonly codeRangeSizeMb?: number;
    readonly stackSizeMb?: number;
  };
  /** What plugins see as `process.env`. Default: a copy of the host's. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long a plugin may take to load, in milliseconds. Default 10,000. */
  readonly loadTimeoutMs?: number;
}

/** The scheduler's log: one JSON line a fact, written by the supervisor thread. */
export interface LoggerOptions {
  /** pino's levels, or `silent`. Default `info`. */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** A file descriptor or a file's path. Default 1, the standard output. */
  readonly destination?: number | string;
  /** Paths of fields whose values are replaced by `[Redacted]`, in pino's syntax. */
  readonly redact?: readonly string[];
}

/** What `createScheduler()` takes. */
export interface SchedulerOptions {
  readonly plugins?: readonly PluginOption[];
  /** What relative modules are relative to: `import.meta.url`, or a folder. Default: the working directory. */
  readonly baseUrl?: string | URL;
  readonly pool?: PoolOptions;
  /** Defaults of every run. */
  readonly budget?: Budget;
  /** IANA zone of schedules that name none. Default `UTC`. */
  readonly timezone?: string;
  /** Default `memoryStore()`. */
  readonly store?: BackendDescription;
  /** Default: none, which is right for a single node. */
  readonly locking?: BackendDescription;
  /** Whether other nodes run the same schedules. Default false. */
  readonly cluster?: boolean;
  /** Unique per process. Default: random. */
  readonly nodeId?: string;
  readonly logger?: LoggerOptions;
  /** `throw` (default): `start()` rejects with every refused plugin, and nothing starts. `continue`: the others run. */
  readonly onPluginError?: 'throw' | 'continue';
  /** Load and check plugins as ever, but let nothing fall due: what `escapement validate` does. Default false. */
  readonly dryRun?: boolean;
  /** Functions that plugins may call as `ctx.host.name(…)`: JSON in, JSON out. They run on the host thread. */
  readonly hostFunctions?: Readonly<Record<string, HostFunction>>;
}

/** Returns its argument: gives a configuration file its types. */
export function defineConfig(options: SchedulerOptions): SchedulerOptions {
  return options;
}

const whole = (min: number, max: number) => {
  const rule = `accepted is a whole number from ${min} to ${max}`;
  return v.pipe(v.number(rule), v.integer(rule), v.minValue(min, rule), v.maxValue(max, rule));
};
const above = (rule: string) => v.pipe(v.number(rule), v.finite(rule), v.gtValue(0, rule));
const MILLISECONDS = 'accepted are milliseconds above 0';
const NAME = 'accepted is a string';

const backend = v.strictObject(
  { module: v.string(NAME), options: v.optional(v.record(v.string(), v.any()), {}) },
  'accepted is what memoryStore(), memoryLocking() and their kin return, or { module, options }',
);

const pluginOption = v.union(
  [
    v.string(),
    v.strictObject({
      module: v.string(NAME),
      tenantId: v.optional(v.string(NAME)),
      siteId: v.optional(v.string(NAME)),
      options: v.optional(v.any()),
    }),
  ],
  'accepted is a module specifier, or { module, tenantId, siteId, options }',
);

const poolSchema = v.strictObject({
  minThreads: v.optional(whole(0, 1_024)),
  maxThreads: v.optional(whole(1, 1_024)),
  maxQueue: v.optional(whole(0, 10_000_000), 10_000),
  niceIncrement: v.optional(whole(0, 19), 10),
  resourceLimits: v.optional(v.record(v.string(), above('accepted are MiB above 0')), {}),
  env: v.optional(v.record(v.string(), v.string(NAME))),
  loadTimeoutMs: v.optional(above(MILLISECONDS), 10_000),
});

const budgetSchema = v.strictObject({
  wallMs: v.optional(above(MILLISECONDS), 300_000),
  cpuMs: v.optional(above(MILLISECONDS)),
  heapMb: v.optional(above('accepted are MiB above 0'), 512),
  graceMs: v.optional(v.pipe(v.number('accepted are milliseconds'), v.minValue(0, 'accepted is 0 or more')), 1_000),
});

const loggerSchema = v.strictObject({
  level: v.optional(
    v.picklist(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'accepted are trace, debug, info, warn, error, fatal and silent',
    ),
    'info',
  ),
  destination: v.optional(v.union([v.number(), v.string()], 'accepted is a file descriptor or a path'), 1),
  redact: v.optional(v.array(v.string(NAME)), []),
});

const optionsSchema = v.strictObject({
  plugins: v.optional(v.array(pluginOption, 'accepted is an array'), []),
  baseUrl: v.optional(v.union([v.string(), v.instance(URL)], 'accepted is import.meta.url, a folder or a URL')),
  pool: v.optional(poolSchema, {}),
  budget: v.optional(budgetSchema, {}),
  timezone: v.optional(v.string(NAME), 'UTC'),
  store: v.optional(backend),
  locking: v.optional(backend),
  cluster: v.optional(v.boolean('accepted is true or false'), false),
  nodeId: v.optional(v.pipe(v.string(NAME), v.minLength(1, 'accepted is a string that is not empty'))),
  logger: v.optional(loggerSchema, {}),
  dryRun: v.optional(v.boolean('accepted is true or false'), false),
  onPluginError: v.optional(v.picklist(['throw', 'continue'], 'accepted are "throw" and "continue"'), 'throw'),
  hostFunctions: v.optional(v.record(v.string(), v.function('accepted are functions')), {}),
});

/** Checks every option and fills in the defaults. Throws an `InvalidOptionError` that names the first wrong one. */
export function resolveOptions(options: SchedulerOptions): SupervisorConfig {
  const result = v.safeParse(optionsSchema, options);
  if (!result.success) throw invalidOption(result.issues[0]);
  const checked = result.output;
  const maxThreads = checked.pool.maxThreads ?? Math.max(availableParallelism(), checked.pool.minThreads ?? 2, 2);
  const baseUrl = baseOf(options.baseUrl);
  return {
    nodeId: checked.nodeId ?? randomUUID(),
    incarnationId: randomUUID(),
    plugins: checked.plugins.map((plugin) => resolvePlugin(plugin as PluginOption, baseUrl)),
    onPluginError: checked.onPluginError,
    isDryRun: checked.dryRun,
    timezone: canonicalTimezone(checked.timezone),
    pool: {
      ...checked.pool,
      maxThreads,
      minThreads: Math.min(checked.pool.minThreads ?? maxThreads, maxThreads),
      resourceLimits: { maxOldGenerationSizeMb: checked.budget.heapMb, ...checked.pool.resourceLimits },
      env: checked.pool.env ?? null,
    },
    budget: { ...checked.budget, cpuMs: checked.budget.cpuMs ?? Number.POSITIVE_INFINITY },
    // What is only checked leaves no trace in a store.
    store: resolveBackend(checked.dryRun ? memoryStore() : (checked.store ?? memoryStore()), baseUrl),
    locking: checked.locking === undefined ? null : resolveBackend(checked.locking, baseUrl),
    isCluster: checked.cluster,
    log: checked.logger,
    hostFunctions: Object.keys(checked.hostFunctions),
  };
}

/** The `file:` URL that relative modules are relative to. */
export function baseOf(baseUrl: string | URL | undefined): string {
  if (baseUrl === undefined) return pathToFileURL(`${process.cwd()}/`).href;
  const text = String(baseUrl);
  if (text.startsWith('file:')) return text;
  if (/^[a-z][a-z+.-]+:/i.test(text))
    throw new InvalidOptionError('baseUrl', `"${text}" is no file: accepted are file: URLs and folders`);
  return pathToFileURL(`${resolve(text)}/`).href;
}

/** Makes a plugin's module a `file:` URL; a package's name is left for the pool threads to resolve. */
export function resolvePlugin(plugin: PluginOption, baseUrl: string): PluginReference {
  const { module, tenantId, siteId, options } = typeof plugin === 'string' ? { module: plugin } : { ...plugin };
  return {
    module: resolveModule(module, baseUrl),
    resolveFrom: baseUrl,
    ...(tenantId !== undefined && { tenantId }),
    ...(siteId !== undefined && { siteId }),
    options: options ?? null,
  };
}

function resolveBackend(description: BackendDescription, baseUrl: string): BackendDescription {
  return { ...description, module: resolveModule(description.module, baseUrl) };
}

function resolveModule(module: string, baseUrl: string): string {
  if (/^https?:|^data:/.test(module)) {
    throw new InvalidOptionError(
      'plugins',
      `"${module}" is not on this machine: accepted are paths, file: URLs and packages`,
    );
  }
  if (module.startsWith('file:')) return module;
  if (isAbsolute(module)) return pathToFileURL(module).href;
  if (/^\.\.?[/\\]/.test(module)) return new URL(module.replaceAll('\\', '/'), baseUrl).href;
  return module;
}

function invalidOption(issue: v.BaseIssue<unknown>): InvalidOptionError {
  const path = v.getDotPath(issue) ?? 'options';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const [parent = '', wanted = parent] = path.split('.');
    const schema = path.includes('.')
      ? { pool: poolSchema, budget: budgetSchema, logger: loggerSchema }[parent]
      : undefined;
    const accepted = Object.keys((schema ?? optionsSchema).entries);
    const nearest = nearestWord(wanted, accepted);
    const hint = nearest === undefined ? `accepted are ${accepted.join(', ')}` : `${nearest} is probably meant`;
    return new InvalidOptionError(path, `no such option; ${hint}`);
  }
  const shown = typeof issue.input === 'object' ? 'it' : JSON.stringify(issue.input);
  return new InvalidOptionError(path, `${shown} is not accepted: ${issue.message}`);
}
