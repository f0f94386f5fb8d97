/**
 * One node: plugins and their schedules, the engine that runs them, the store and the locks, and what the host may ask
 * of all this. It sees ports only, so that it runs in its thread as well as inline on a virtual clock.
 */
import { InvalidOptionError, NotRunningError } from '../errors.ts';
import type { Explanation } from '../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../machines/history.ts';
import type { Claim } from '../machines/schedule-entries.ts';
import { stopNode } from './closing.ts';
import { BackendStart } from './cluster/backend-start.ts';
import { ClockWatch } from './cluster/clock-watch.ts';
import { Cluster } from './cluster/cluster.ts';
import type { ClusterClock } from './cluster/cluster-clock.ts';
import { Engine } from './engine.ts';
import { lockBackendFailed } from './locking/backend-warnings.ts';
import { Locker } from './locking/locker.ts';
import { type MetricsSources, metricsReport } from './observing/report-metrics.ts';
import { OperatorActions } from './operating/actions.ts';
import { AuditTrail } from './operating/audit-trail.ts';
import { HostActions } from './operating/host-actions.ts';
import type { OperatedNode } from './operating/operated-node.ts';
import type { Manifest } from './plugin-reports.ts';
import { Metrics } from './recording/metrics.ts';
import { Recorder } from './recording/recorder.ts';
import { SignOfLife } from './recording/sign-of-life.ts';
import { Reconciler } from './recovering/reconciler.ts';
import { StoreSession } from './recovering/store-session.ts';
import type {
  DrainReport,
  RefusedPlugin,
  SchedulerStats,
  SchedulerWarning,
  ScheduleStatus,
  StopReport,
} from './scheduler-reports.ts';
import { schedulerStats } from './scheduler-stats.ts';
import { Capabilities } from './schedules/capabilities.ts';
import { PluginChanges } from './schedules/plugin-changes.ts';
import { describer, manifestOf } from './schedules/plugin-manifest.ts';
import { PluginRegistry } from './schedules/plugin-registry.ts';
import type { SupervisorConfig } from './supervisor-config.ts';
import type { SupervisorPorts } from './supervisor-ports.ts';

type Phase = 'not started' | 'starting' | 'running' | 'stopping' | 'stopped';

export class Supervisor {
  readonly #config: SupervisorConfig;
  readonly #ports: SupervisorPorts & { readonly clock: ClusterClock };
  readonly #metrics = new Metrics();
  readonly #recorder: Recorder;
  readonly #locker: Locker;
  readonly #cluster: Cluster;
  readonly #clockWatch: ClockWatch;
  readonly #backendStart: BackendStart;
  readonly #engine: Engine;
  readonly #plugins: PluginRegistry;
  readonly #capabilities: Capabilities;
  readonly #changes: PluginChanges;
  readonly #stored: StoreSession;
  readonly #reconciler: Reconciler;
  readonly #audit: AuditTrail;
  readonly #actions: OperatorActions;
  readonly #byHost: HostActions;
  readonly #sources: MetricsSources;
  #phase: Phase = 'not started';
  #stopping: Promise<StopReport> | null = null;
  #draining: Promise<DrainReport> | null = null;

  constructor(config: SupervisorConfig, given: SupervisorPorts) {
    const { store, log, emit, pool, locking } = given;
    const { nodeId, timezone, budget, isCluster } = config;
    const warn = (warning: SchedulerWarning): void => this.#recorder.warn(warning);
    this.#clockWatch = new ClockWatch({ machine: given.clock, store, locking, warn });
    const { clock } = this.#clockWatch;
    const ports = { ...given, clock };
    [this.#config, this.#ports] = [config, ports];
    this.#recorder = new Recorder({ clock, store, log, metrics: this.#metrics, nodeId, emit });
    const isStoreShared = store.isShared === true;
    this.#cluster = new Cluster({
      clock,
      nodeId,
      locking: isStoreShared ? null : locking,
      store: isStoreShared ? store : null,
      ownGroup: () => this.#engine.group(),
      capacity: config.pool.maxThreads,
      measured: this.#clockWatch.measured,
      onBroken: (error) => this.#locker.failed({ key: null, error }),
    });
    this.#locker = new Locker({
      clock,
      locking,
      claimsInStore: isStoreShared,
      measured: this.#clockWatch.measuredByLocks,
      others: this.#cluster,
      onBroken: (failure) => this.#recorder.warn(lockBackendFailed(this.#locker.name, failure)),
    });
    this.#engine = new Engine({
      ...ports,
      locker: this.#locker,
      cluster: this.#cluster,
      recorder: this.#recorder,
      signOfLife: new SignOfLife(this.#recorder, ports.heartbeat),
      nodeId,
    });
    this.#plugins = new PluginRegistry({ pool, clock, timezone, budget, loadTimeoutMs: config.pool.loadTimeoutMs });
    const hasLocks = locking !== null || isStoreShared;
    this.#capabilities = new Capabilities({ ...config, hasLocks, hasKv: store.kv !== undefined });
    const node = { clock, store, engine: this.#engine, recorder: this.#recorder, cluster: this.#cluster };
    this.#stored = new StoreSession(config, node);
    this.#changes = new PluginChanges({
      ...ports,
      plugins: this.#plugins,
      capabilities: this.#capabilities,
      runner: this.#engine.schedules,
      known: this.#stored,
      declared: (definitions) => this.#backendStart.declared(definitions),
    });
    this.#backendStart = new BackendStart({ ...ports, isCluster, isStoreShared, clockWatch: this.#clockWatch, warn });
    const isOurs = (claim: Claim): boolean => !(isCluster || isStoreShared) || claim.nodeId === nodeId;
    this.#reconciler = new Reconciler({ ...node, isOurs });
    this.#audit = new AuditTrail({ ...ports, recorder: this.#recorder, nodeId });
    this.#actions = new OperatorActions({
      ...node,
      audit: this.#audit,
      running: (operation) => this.#runningEngine(operation),
      plugins: this.#changes,
      counting: { counters: [this.#metrics, ports.calls], installed: this.#plugins },
      drain: (timeoutMs) => this.#finish(timeoutMs),
    });
    this.#byHost = new HostActions(this.#actions);
    const counted = { metrics: this.#metrics, locker: this.#locker, plugins: this.#plugins, changes: this.#changes };
    this.#sources = { ...node, ...counted, config, ports, startedAtMs: clock.nowMs() };
  }

  // What the host does is kept in the audit trail.
  readonly trigger: HostActions['trigger'] = (params) => this.#byHost.trigger(params);
  readonly triggerWhenRecorded: HostActions['triggerWhenRecorded'] = (params) =>
    this.#byHost.triggerWhenRecorded(params);
  readonly pause: HostActions['pause'] = (params) => this.#byHost.pause(params);
  readonly resume: HostActions['resume'] = (params) => this.#byHost.resume(params);
  readonly setPosition: HostActions['setPosition'] = (params) => this.#byHost.setPosition(params);
  readonly abort: HostActions['abort'] = (params) => this.#byHost.abort(params);
  readonly install: HostActions['install'] = (reference) => this.#byHost.install(reference);
  readonly reload: HostActions['reload'] = (params) => this.#byHost.reload(params);
  readonly uninstall: HostActions['uninstall'] = (params) => this.#byHost.uninstall(params);
  readonly drain: HostActions['drain'] = (params) => this.#byHost.drain(params);

  /** Rejects with a `PluginsRefusedError` that has every reason, or a `BackendError`; then nothing has started. */
  async start(): Promise<{ readonly refused: readonly RefusedPlugin[] }> {
    if (this.#phase !== 'not started') throw new NotRunningError('start', this.#phase);
    this.#phase = 'starting';
    const steps = [
      () => this.#backendStart.begin(),
      () => this.#stored.open(),
      () => this.#changes.loadAll(this.#config),
      () => (this.#changes.refused.length === 0 ? this.#stored.forgetRest() : Promise.resolve()),
      () => this.#stored.recover(),
      () => this.#changes.planAll(),
    ];
    for (const step of steps) await this.#unlessStopped(step);
    this.#locker.listen();
    if (this.#config.isDraining === true) this.#engine.drain();
    this.#cluster.start();
    this.#engine.start();
    this.#reconciler.start();
    if (this.#config.isDryRun) this.#engine.hold();
    this.#phase = 'running';
    this.#backendStart.begun(this.#engine.schedules.definitions());
    this.#ports.log.info({ plugins: this.#plugins.size, schedules: this.#engine.queuedCount }, 'scheduler started');
    return { refused: this.#changes.refused };
  }

  /** Drains and closes everything, in bounded time: see `stopNode`. Again: the same report. */
  async stop({ drainMs }: { readonly drainMs: number }): Promise<StopReport> {
    if (!(drainMs >= 0)) throw new InvalidOptionError('drainMs', 'it must be 0 or more milliseconds');
    this.#stopping ??= this.#stop(drainMs);
    return this.#stopping;
  }

  /** Reports something that belongs to no run: see `RunPoolListener`. */
  warn(warning: SchedulerWarning): void {
    this.#recorder.warn(warning);
  }

  schedules(): readonly ScheduleStatus[] {
    return this.#engine.schedules.statuses();
  }

  manifest(): Manifest {
    return manifestOf(this.#plugins, this.#capabilities, this.#config.pool.isolation);
  }

  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#stored.history(query);
  }

  /** Rejects with an `UnknownScheduleError` for a key that was never known. */
  explain({ key, atMs }: { readonly key: string; readonly atMs: number }): Promise<Explanation> {
    return this.#stored.explain(key, atMs);
  }

  stats(): SchedulerStats {
    return schedulerStats(this.#sources);
  }

  /** What is counted since the supervisor thread started, for those who watch over time. */
  metrics(): ReturnType<typeof metricsReport> {
    return metricsReport(this.#sources);
  }

  /** This node, for whoever looks at it beside its host. */
  operated(): OperatedNode {
    const { clock, callHost } = this.#ports;
    const parts = { clock, engine: this.#engine, past: this.#stored, recorder: this.#recorder, locker: this.#locker };
    const acting = { audit: this.#audit, actions: this.#actions, startedAtMs: this.#sources.startedAtMs, callHost };
    const [plugins, capabilities] = [this.#plugins, this.#capabilities];
    const describing = (): ReturnType<typeof describer> =>
      describer(plugins, capabilities, this.#config.pool.isolation);
    const described = { plugins, provides: capabilities.own, describer: describing };
    const figures = { stats: () => this.stats(), metrics: () => this.metrics() };
    return { ...this.#config, ...parts, ...acting, ...described, ...figures };
  }

  /** A stop does not wait for a start that hangs, and a start that goes on later must not start anything. */
  async #unlessStopped(step: () => Promise<void>): Promise<void> {
    const failure = await step().catch((error: unknown) => ({ error }));
    if (this.#stopping !== null) throw new NotRunningError('start', this.#phase);
    if (failure !== undefined) throw failure.error;
  }

  async #stop(drainMs: number): Promise<StopReport> {
    this.#phase = 'stopping';
    const parts = { ...this.#ports, ...this.#sources, watches: [this.#reconciler, this.#clockWatch] };
    return stopNode(drainMs, parts, () => {
      this.#phase = 'stopped';
    });
  }

  /** Starts nothing any more, gives its turns to other nodes, and waits for the runs under way. Again: the same report. */
  #finish(timeoutMs: number | null): Promise<DrainReport> {
    this.#engine.drain();
    this.#draining ??= this.#engine.finish(timeoutMs);
    return this.#draining;
  }

  #runningEngine(operation: string): Engine {
    if (this.#phase !== 'running') throw new NotRunningError(operation, this.#phase);
    return this.#engine;
  }
}
