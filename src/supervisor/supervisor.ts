/**
 * One node: plugins and their schedules, the engine that runs them, the store and the locks, and what the host may ask of
 * all this. It sees ports only, so that it runs in its thread as well as inline on a virtual clock.
 */
import { EscapementError, NotRunningError, PluginsRefusedError } from '../errors.ts';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { Claim } from '../machines/schedule-state.ts';
import type { JsonValue } from '../plugin.ts';
import { errorRecord } from '../wire/error-record.ts';
import { Cluster } from './cluster/cluster.ts';
import { Engine } from './engine.ts';
import { lockBackendFailed, missingBackend } from './locking/backend-warnings.ts';
import { Locker } from './locking/locker.ts';
import type { Clock } from './ports/clock.ts';
import type { LockingPlugin } from './ports/locking.ts';
import type { Logger } from './ports/logger.ts';
import type { RunPool } from './ports/run-pool.ts';
import { Slicer } from './ports/slicer.ts';
import type { StateStore } from './ports/store.ts';
import type { SupervisorEvent } from './protocol.ts';
import { Metrics } from './recording/metrics.ts';
import { Recorder } from './recording/recorder.ts';
import { Reconciler } from './recovering/reconciler.ts';
import { StoreSession } from './recovering/store-session.ts';
import type {
  RefusedPlugin,
  SchedulerStats,
  SchedulerWarning,
  ScheduleStatus,
  StopReport,
} from './scheduler-reports.ts';
import { type InstalledPlugin, PluginRegistry } from './schedules/plugin-registry.ts';
import type { PluginReference, SupervisorConfig } from './supervisor-config.ts';

/** Everything that a node touches. */
export interface SupervisorPorts {
  readonly clock: Clock;
  readonly pool: RunPool;
  readonly store: StateStore;
  readonly locking: LockingPlugin | null;
  readonly log: Logger;
  readonly newRunId: () => string;
  readonly emit: (event: SupervisorEvent) => void;
  readonly callHost: (name: string, args: readonly JsonValue[]) => Promise<JsonValue | undefined>;
  readonly beat: () => void;
  readonly heapBytes: () => number;
}

type Phase = 'not started' | 'starting' | 'running' | 'stopping' | 'stopped';

export class Supervisor {
  readonly #config: SupervisorConfig;
  readonly #ports: SupervisorPorts;
  readonly #metrics = new Metrics();
  readonly #recorder: Recorder;
  readonly #locker: Locker;
  readonly #cluster: Cluster;
  readonly #engine: Engine;
  readonly #plugins: PluginRegistry;
  readonly #stored: StoreSession;
  readonly #reconciler: Reconciler;
  #phase: Phase = 'not started';
  #refused: RefusedPlugin[] = [];

  constructor(config: SupervisorConfig, ports: SupervisorPorts) {
    const { clock, store, log, emit, pool, locking } = ports;
    const { nodeId, timezone, budget } = config;
    [this.#config, this.#ports] = [config, ports];
    this.#recorder = new Recorder({ clock, store, log, metrics: this.#metrics, nodeId, emit });
    this.#locker = new Locker({
      clock,
      locking,
      claimsInStore: store.isShared === true,
      onBroken: (key, error) => this.#recorder.warn(lockBackendFailed(key, error)),
    });
    this.#cluster = new Cluster({
      clock,
      nodeId,
      locking: store.isShared === true ? null : locking,
      warn: (warning) => this.#recorder.warn(warning),
    });
    this.#engine = new Engine({
      ...ports,
      beat: () => {
        ports.beat();
        this.#stored.beat();
      },
      locker: this.#locker,
      cluster: this.#cluster,
      recorder: this.#recorder,
      metrics: this.#metrics,
      nodeId,
    });
    this.#plugins = new PluginRegistry({ pool, clock, timezone, budget, loadTimeoutMs: config.pool.loadTimeoutMs });
    const node = { clock, store, engine: this.#engine, recorder: this.#recorder, cluster: this.#cluster };
    this.#stored = new StoreSession(config, node);
    const isAlone = !config.isCluster && store.isShared !== true;
    const isOurs = (claim: Claim): boolean => isAlone || claim.nodeId === nodeId;
    this.#reconciler = new Reconciler({ ...node, isOurs });
  }

  /** Rejects with a `PluginsRefusedError` that has every reason, or a `BackendError`; then nothing has started. */
  async start(): Promise<{ readonly refused: readonly RefusedPlugin[] }> {
    if (this.#phase !== 'not started') throw new NotRunningError('start', this.#phase);
    this.#phase = 'starting';
    await this.#stored.open();
    const loaded = await this.#loadAll(this.#config.plugins);
    for (const plugin of loaded) await this.#addSchedules(plugin);
    if (this.#refused.length === 0) this.#stored.forgetRest();
    await this.#stored.recover();
    await this.#planAll(loaded);
    this.#cluster.start();
    this.#engine.start();
    this.#reconciler.start();
    if (this.#config.isDryRun) this.#engine.hold();
    this.#phase = 'running';
    this.#tellPlugins();
    this.#warnOfMissingBackend();
    this.#ports.log.info({ plugins: this.#plugins.size, schedules: this.#engine.queuedCount }, 'scheduler started');
    return { refused: this.#refused };
  }

  /** Drains, then closes everything, in bounded time. */
  async stop({ drainMs }: { readonly drainMs: number }): Promise<StopReport> {
    this.#phase = 'stopping';
    this.#reconciler.close();
    const report = await this.#engine.stop(drainMs);
    const { clock, pool, store, log } = this.#ports;
    const closings = [
      () => pool.close(),
      () => this.#cluster.close(),
      () => this.#locker.close(),
      () => store.close(clock.nowMs()),
    ];
    for (const close of closings) {
      await close().catch((error: unknown) => log.error({ error: errorRecord(error) }, 'could not be closed'));
    }
    this.#engine.close();
    this.#phase = 'stopped';
    const { finished, aborted, killed } = report;
    log.info({ finished: finished.length, aborted: aborted.length, killed: killed.length }, 'scheduler stopped');
    await log.flush();
    return report;
  }

  /** Tells what belongs to no run: see `RunPoolListener`. */
  warn(warning: SchedulerWarning): void {
    this.#recorder.warn(warning);
  }

  schedules(): readonly ScheduleStatus[] {
    return this.#engine.statuses();
  }

  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#stored.history(query);
  }

  /** Rejects with an `UnknownScheduleError` for a key that was never known. */
  explain({ key, atMs }: { readonly key: string; readonly atMs: number }): Promise<Explanation> {
    return this.#stored.explain(key, atMs);
  }

  stats(): SchedulerStats {
    const { pool, store, heapBytes } = this.#ports;
    const { queuedCount, nextDueAtMs } = this.#engine;
    const { ticks, wakeUps, jumps, storeErrors } = this.#metrics;
    return {
      nodeId: this.#config.nodeId,
      pool: pool.stats(),
      queue: { scheduled: queuedCount, nextDueAtMs },
      clock: { ticks, wakeUps, jumps },
      store: { name: store.name, errors: storeErrors },
      locks: this.#locker.stats(),
      cluster: { nodeIds: this.#cluster.nodeIds, clockSkewMs: this.#cluster.skewMs },
      plugins: { loaded: this.#plugins.size, refused: this.#refused },
      outcomes: this.#metrics.outcomes(),
      supervisorHeapBytes: heapBytes(),
      lateness: this.#metrics.lateness(),
    };
  }

  trigger({ key }: { readonly key: string }): { readonly runId: string } {
    this.#requireRunning('trigger a schedule');
    return { runId: this.#engine.trigger(key) };
  }

  async pause({ key, note }: { readonly key: string; readonly note?: string }): Promise<null> {
    this.#requireRunning('pause a schedule');
    await this.#engine.pause(key, note);
    return null;
  }

  async resume({ key }: { readonly key: string }): Promise<null> {
    this.#requireRunning('resume a schedule');
    await this.#engine.resume(key);
    return null;
  }

  async install(reference: PluginReference): Promise<{ readonly keys: readonly string[] }> {
    this.#requireRunning('install a plugin');
    const plugin = await this.#plugins.load(reference);
    this.#plugins.install(plugin);
    await this.#addSchedules(plugin);
    await this.#planAll([plugin]);
    this.#tellPlugins();
    return { keys: plugin.definitions.map(({ key }) => key) };
  }

  /** Loads the plugin's module anew. When the new version is refused the old one goes on, in the threads that know it. */
  async reload({ name }: { readonly name: string }): Promise<{ readonly keys: readonly string[] }> {
    this.#requireRunning('reload a plugin');
    const present = this.#plugins.named(name);
    const loaded = await Promise.all(present.map(({ reference }) => this.#plugins.loadAfresh(reference)));
    for (const [index, plugin] of loaded.entries()) this.#replacePlugin(present[index] as InstalledPlugin, plugin);
    this.#ports.pool.recycle();
    return { keys: loaded.flatMap(({ definitions }) => definitions.map(({ key }) => key)) };
  }

  async uninstall({ name }: { readonly name: string }): Promise<null> {
    this.#requireRunning('uninstall a plugin');
    for (const plugin of this.#plugins.named(name)) {
      this.#plugins.uninstall(plugin);
      for (const { key } of plugin.definitions) this.#removeSchedule(key);
    }
    this.#ports.pool.recycle();
    this.#tellPlugins();
    return null;
  }

  async #loadAll(references: readonly PluginReference[]): Promise<InstalledPlugin[]> {
    const results = await Promise.all(references.map((reference) => this.#tryLoad(reference)));
    const errors = results.filter((result) => result instanceof EscapementError);
    if (errors.length > 0 && this.#config.onPluginError === 'throw') throw new PluginsRefusedError(errors);
    return results.filter((result): result is InstalledPlugin => !(result instanceof EscapementError));
  }

  async #tryLoad(reference: PluginReference): Promise<InstalledPlugin | EscapementError> {
    try {
      const plugin = await this.#plugins.load(reference);
      this.#plugins.install(plugin);
      return plugin;
    } catch (error) {
      // What is not one of ours is a bug of the supervisor, and must not pass for a plugin's fault.
      if (!(error instanceof EscapementError)) throw error;
      this.#refused.push({ module: reference.module, error: errorRecord(error) });
      this.#ports.log.error({ module: reference.module, error: error.message }, 'plugin refused');
      return error;
    }
  }

  async #addSchedules(plugin: InstalledPlugin): Promise<void> {
    const slicer = new Slicer(this.#ports.clock);
    for (const definition of plugin.definitions) {
      this.#engine.add(definition, this.#stored.take(definition.key));
      await slicer.pause();
    }
  }

  async #planAll(plugins: readonly InstalledPlugin[]): Promise<void> {
    const slicer = new Slicer(this.#ports.clock);
    for (const { key } of plugins.flatMap(({ definitions }) => definitions)) {
      const record = this.#engine.find(key);
      if (record !== undefined) this.#engine.plan(record);
      await slicer.pause();
    }
  }

  #replacePlugin(old: InstalledPlugin, plugin: InstalledPlugin): void {
    this.#plugins.replace(old, plugin);
    const kept = new Set(plugin.definitions.map(({ key }) => key));
    for (const { key } of old.definitions) if (!kept.has(key)) this.#removeSchedule(key);
    for (const definition of plugin.definitions) {
      const record = this.#engine.find(definition.key);
      if (record === undefined) this.#engine.plan(this.#engine.add(definition, undefined));
      else this.#engine.replace(record, definition);
    }
  }

  #removeSchedule(key: string): void {
    const record = this.#engine.find(key);
    if (record !== undefined) this.#engine.remove(record);
  }

  #warnOfMissingBackend(): void {
    const isAgreed = this.#ports.locking !== null || this.#ports.store.isShared === true;
    if (!this.#config.isCluster || isAgreed) return;
    for (const warning of missingBackend(this.#engine.definitions())) this.#recorder.warn(warning);
  }

  #tellPlugins(): void {
    this.#ports.emit({ type: 'plugins', event: this.#plugins.references() });
  }

  #requireRunning(operation: string): void {
    if (this.#phase !== 'running') throw new NotRunningError(operation, this.#phase);
  }
}
