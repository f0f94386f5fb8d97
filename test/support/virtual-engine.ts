import { MemoryStore } from '../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import type { MissedRunRules, Recurrence } from '../../src/machines/missed-runs/due-plan.ts';
import type { Decision, Outcome, RunRecord } from '../../src/machines/run.ts';
import type { MissedRunPolicy } from '../../src/plugin.ts';
import { Cluster } from '../../src/supervisor/cluster/cluster.ts';
import { Engine } from '../../src/supervisor/engine.ts';
import { Locker } from '../../src/supervisor/locking/locker.ts';
import type { LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import type { StateStore } from '../../src/supervisor/ports/store.ts';
import type { SupervisorEvent } from '../../src/supervisor/protocol.ts';
import { Metrics } from '../../src/supervisor/recording/metrics.ts';
import { Recorder } from '../../src/supervisor/recording/recorder.ts';
import { SignOfLife } from '../../src/supervisor/recording/sign-of-life.ts';
import type { SchedulerWarning } from '../../src/supervisor/scheduler-reports.ts';
import type { ScheduleDefinition } from '../../src/supervisor/schedules/definition.ts';
import { silentLogger } from '../../src/testing/silent-logger.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { noCalls } from './no-calls.ts';
import { VirtualPool } from './virtual-pool.ts';

/** Every `everyMs` since the epoch. */
export function every(everyMs: number): Recurrence {
  return {
    next: (fromMs) => (Math.floor(fromMs / everyMs) + 1) * everyMs,
    previous: (atMs, sinceMs) => {
      const previousMs = Math.floor(atMs / everyMs) * everyMs;
      return previousMs > sinceMs ? previousMs : undefined;
    },
    count: (afterMs, untilMs) => Math.floor(untilMs / everyMs) - Math.floor(afterMs / everyMs),
    dueAt: (occurrenceMs) => occurrenceMs,
    isFixedTime: false,
  };
}

/** A policy without caps. */
export function missedRules(policy: MissedRunPolicy): MissedRunRules {
  return { policy, maxCatchup: Number.POSITIVE_INFINITY, maxLateMs: Number.POSITIVE_INFINITY };
}

/** A definition as a plugin with this name and one schedule would give. */
export function define(key: string, recurrence: Recurrence, own: Partial<ScheduleDefinition> = {}): ScheduleDefinition {
  const [plugin = '', scheduleId = ''] = key.split('/');
  const { timezone = 'UTC', missed = missedRules('run-once'), isEnabled = true } = own;
  const missedRunPolicy = missed.policy;
  return {
    key,
    identity: { plugin, scheduleId },
    declared: {},
    times: { cron: '1s', timezone, jitterMs: 0, missedRunPolicy, isEnabled, zoneData: 'unknown' },
    timezone,
    missed,
    locking: 'require-global',
    isEnabled,
    priority: 1_000,
    budget: { wallMs: 60_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 1_000, fuel: 1e11 },
    source: { id: plugin, module: plugin, resolveFrom: 'file:///', options: null },
    recurrence,
    ...own,
  };
}

export interface VirtualEngineOptions {
  readonly threads?: number;
  readonly maxQueue?: number;
  readonly locking?: LockingPlugin;
  /** Whether other nodes write to the store too. The test passes on what they write through `engine.shared`. */
  readonly isStoreShared?: boolean;
}

class SharedMemoryStore extends MemoryStore {
  readonly isShared = true;
}

/** The real engine on a virtual clock, with a virtual pool. */
export class VirtualEngine {
  readonly clock = new VirtualClock();
  readonly pool: VirtualPool;
  readonly engine: Engine;
  readonly runs: RunRecord[] = [];
  readonly decisions: Decision[] = [];
  readonly warnings: SchedulerWarning[] = [];
  readonly events: SupervisorEvent[] = [];
  /** Called for every event, within the turn in which the engine emits it. */
  onEvent: (event: SupervisorEvent) => unknown = () => {};
  readonly #heartbeat = new Int32Array(1);
  readonly ledger: Ledger;
  readonly store: StateStore;
  readonly recorder: Recorder;

  constructor(options: VirtualEngineOptions = {}) {
    const { clock } = this;
    const isShared = options.isStoreShared ?? false;
    this.ledger = new Ledger(undefined, { writers: isShared ? 'several-nodes' : 'one-node' });
    const store = isShared ? new SharedMemoryStore({ ledger: this.ledger }) : new MemoryStore({ ledger: this.ledger });
    const metrics = new Metrics();
    const emit = (event: SupervisorEvent): void => this.#hear(event);
    const recorder = new Recorder({ clock, store, log: silentLogger, metrics, nodeId: 'node', emit });
    this.store = store;
    this.recorder = recorder;
    let lastRunId = 0;
    this.pool = new VirtualPool(clock, options.threads, options.maxQueue);
    this.engine = new Engine({
      clock,
      pool: this.pool,
      recorder,
      locker: new Locker({
        clock,
        locking: options.locking ?? null,
        claimsInStore: isShared,
        onBroken: ({ key }) => this.warnings.push({ code: 'lock', message: `${key}` }),
      }),
      cluster: new Cluster({ clock, nodeId: 'node', locking: null }),
      log: silentLogger,
      nodeId: 'node',
      newRunId: () => `run-${++lastRunId}`,
      emit,
      calls: noCalls,
      signOfLife: new SignOfLife(recorder, this.#heartbeat),
    });
  }

  /** Adds and plans schedules, and starts the clock. */
  start(...definitions: ScheduleDefinition[]): void {
    for (const definition of definitions) this.engine.schedules.plan(this.engine.schedules.add(definition, undefined));
    this.engine.start();
  }

  /** How often it has shown the host that it is alive. */
  get beats(): number {
    return this.#heartbeat[0] ?? 0;
  }

  outcomes(key: string): Partial<Record<Outcome, number>> {
    return this.engine.schedules.get(key).state.outcomes;
  }

  /** What fell due and how it ended must be the same number, per schedule, once all is at rest. */
  unaccounted(): string[] {
    return this.engine.schedules
      .statuses()
      .filter(({ state }) => !['locking', 'running', 'recording'].includes(state))
      .filter(({ dueCount, outcomes }) => dueCount !== Object.values(outcomes).reduce((sum, count) => sum + count, 0))
      .map(({ key, dueCount, outcomes }) => `${key}: ${dueCount} due, ${JSON.stringify(outcomes)}`);
  }

  #hear(event: SupervisorEvent): void {
    this.events.push(event);
    void this.onEvent(event);
    if (event.type === 'run') this.runs.push(event.event);
    if (event.type === 'decision') this.decisions.push(event.event);
    if (event.type === 'warning') this.warnings.push(event.event);
  }
}
