import { randomUUID } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidOptionError } from '../errors.ts';
import { canonicalTimezone } from '../machines/calendar/time-zone.ts';
import { type Place, placeOf } from '../machines/run.ts';
import { leadsElsewhere } from '../machines/watching/check-in-place.ts';
import type {
  BackendDescription,
  CheckIn,
  PluginReference,
  ProcessConfig,
  SupervisorConfig,
} from '../supervisor/supervisor-config.ts';
import { memoryStore } from './backends.ts';
import type { CheckedOptions } from './checking/check-options.ts';
import { baseOf, locateModule } from './locate-module.ts';
import { type CheckInOption, listOf } from './notify/notify-options.ts';
import type { PluginOption } from './scheduler-options.ts';

/** Options of our own backends that name a module. */
const MODULE_OPTIONS = ['client', 'pool', 'credentials'];

/**
 * Makes checked options what the supervisor thread is started with: complete, and free of relative paths.
 * @throws InvalidOptionError for a module on another machine, and for a `checkIn` that a name would lead elsewhere.
 * @throws InvalidTimezoneError
 */
export function resolveOptions(checked: CheckedOptions): SupervisorConfig {
  const maxThreads = checked.pool.maxThreads ?? Math.max(availableParallelism(), checked.pool.minThreads ?? 2, 2);
  const baseUrl = baseOf(checked.baseUrl);
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
      resourceLimits: resourceLimitsOf(checked),
      memoryLimitMb: checked.pool.memoryLimitMb ?? defaultMemoryLimitMb(),
      env: checked.pool.env ?? null,
      processes: resolveProcesses(checked.pool.processes, baseUrl),
    },
    budget: { ...checked.budget, cpuMs: checked.budget.cpuMs ?? Number.POSITIVE_INFINITY },
    // A dry run must leave no trace in a store.
    store: resolveBackend(storeOf(checked.dryRun ? undefined : checked.store), baseUrl, 'store'),
    locking: checked.locking === undefined ? null : resolveBackend(checked.locking, baseUrl, 'locking'),
    isCluster: checked.cluster,
    log: checked.logger,
    hostFunctions: Object.keys(checked.hostFunctions),
  };
}

/**
 * V8 ends the whole process when a single allocation goes beyond its limit, so the limit stands far above what a run may
 * hold: the budget ends the run first.
 */
function heapLimitMb(heapMb: number): number {
  return Math.max(4 * heapMb, 4_096);
}

/** Nine tenths of what the machine has, or the process's control group allows. */
function defaultMemoryLimitMb(): number {
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor((0.9 * bytes) / 1_048_576);
}

/**
 * Completes what was given of a plugin, for the pool threads that load it.
 * @throws InvalidOptionError for a module on another machine, and for a `checkIn` that a name would lead elsewhere.
 * @throws InvalidTimezoneError
 */
export function resolvePlugin(plugin: PluginOption, baseUrl: string): PluginReference {
  const install = typeof plugin === 'string' ? { module: plugin } : plugin;
  const { module, options, permissions, timezone, budget, maxConcurrent, isolation, instance, checkIn } = {
    ...install,
  };
  return {
    module: locateModule(module, baseUrl, 'plugins'),
    resolveFrom: baseUrl,
    ...placeOf({ ...install }),
    options: options ?? null,
    ...(permissions !== undefined && { permissions }),
    ...(timezone !== undefined && { timezone: canonicalTimezone(timezone) }),
    ...(budget !== undefined && { budget }),
    ...(maxConcurrent !== undefined && { maxConcurrent }),
    ...(isolation !== undefined && { isolation }),
    ...(instance !== undefined && { instance }),
    ...(checkIn !== undefined && { checkIn: listOf(checkIn).map((own) => checkInOf(own, placeOf({ ...install }))) }),
  };
}

/** @throws InvalidOptionError */
function checkInOf(own: CheckInOption, { tenantId = '', siteId = '' }: Place): CheckIn {
  // Names of plugins and schedules begin with a letter or a digit, so that any of them stands for all.
  const names = { plugin: 'plugin', schedule: 'schedule', tenant: tenantId, site: siteId };
  if (leadsElsewhere(own.url, names)) {
    const rule =
      'the names of the tenant and the site would make a segment of its path "." or "..", and it would lead elsewhere';
    throw new InvalidOptionError('plugins.checkIn.url', rule);
  }
  return { style: 'healthchecks', ...own };
}

function resourceLimitsOf({ budget, pool }: CheckedOptions): SupervisorConfig['pool']['resourceLimits'] {
  const given = Object.entries(pool.resourceLimits).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return { maxOldGenerationSizeMb: heapLimitMb(budget.heapMb), ...Object.fromEntries(given) };
}

/** A relative working directory is taken from the base, as modules are. */
function resolveProcesses(processes: CheckedOptions['pool']['processes'], baseUrl: string): ProcessConfig | null {
  if (processes?.cwd === undefined) return processes ?? null;
  return { ...processes, cwd: resolve(fileURLToPath(new URL('.', baseUrl)), processes.cwd) };
}

/** The host keeps a copy of a memory store, so it checks the options here, also of a description by hand. */
function storeOf(given: BackendDescription = memoryStore()): BackendDescription {
  return given.module === 'builtin:memory-store' ? memoryStore({ ...given.options }) : given;
}

/** The modules that options of our own backends name are found as the modules of other backends are. */
function resolveBackend({ module, options }: BackendDescription, baseUrl: string, option: string): BackendDescription {
  if (!module.startsWith('builtin:')) return { module: locateModule(module, baseUrl, option), options };
  const located = Object.entries(options).map(([name, value]) => {
    const isModule = MODULE_OPTIONS.includes(name) && hasModule(value);
    return [name, isModule ? { ...value, module: locateModule(value.module, baseUrl, `${option}.${name}`) } : value];
  });
  return { module, options: Object.fromEntries(located) };
}

function hasModule(value: unknown): value is { readonly module: string } {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'module') === 'string';
}
