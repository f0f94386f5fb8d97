import { MemoryStore } from '../../src/backends/memory/memory-store.ts';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import { EMPTY_LEDGER } from '../../src/machines/ledger/ledger-snapshot.ts';
import { DEFAULT_MAX_RECORDS } from '../../src/machines/ledger.ts';
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
import type { SchedulerWarning } from '../../src/supervisor/scheduler-reports.ts';
import type { ScheduleDefinition } from '../../src/supervisor/schedules/registry.ts';
import { silentLogger } from '../../src/testing/silent-logger.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { VirtualPool } from './virtual-pool.ts';

/** Every `everyMs` since the epoch. */
export function every(everyMs: number): Recurrence {
  return {
    next: (fromMs) => (Math.floor(fromMs / everyMs) + 1) * everyMs,
    previous: (atMs, sinceMs) => {
      const previousMs = Math.floor(atMs / everyMs) * everyMs;
      return previousMs > sinceMs ? previousMs : undefined;
    },
    count: (afterMs, untilMs, limit) => Math.min(limit, Math.floor(untilMs / everyMs) - Math.floor(afterMs / everyMs)),
    dueAt: (occurrenceMs) => occurrenceMs,
  };
}

/** A policy without caps. */
export function missedRules(policy: MissedRunPolicy): MissedRunRules {
  return { policy, maxCatchup: Number.POSITIVE_INFINITY, maxLateMs: Number.POSITIVE_INFINITY };
}

/** A definition as a plugin with this name and one schedule would give. */
export function define(key: string, recurrence: Recurrence, own: Partial<ScheduleDefinition> = {}): ScheduleDefinition {
  const [plugin = '', scheduleId = ''] = key.split('/');
  return {
    key,
    identity: { plugin, scheduleId },
    declared: { id: scheduleId, cron: '1s' },
    timezone: 'UTC',
    missed: missedRules('run-once'),
    locking: 'require-global',
    isEnabled: true,
    priority: 1_000,
    budget: { wallMs: 60_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 1_000 },
    source: { id: plugin, module: plugin, resolveFrom: 'file:///', options: null },
    recurrence,
    ...own,
  };
}

export interface VirtualEngineOptions {
  readonly threads?: number;
  readonly maxQueue?: number;
  readonly locking?: LockingPlugin;
  /** Whether the store is one that other nodes write to as well: what they write, the test tells by `engine.shared`. */
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
  /** How often it has said that it is at work. */
  beats = 0;
  readonly ledger: Ledger;
  readonly store: StateStore;
  readonly recorder: Recorder;

  constructor(options: VirtualEngineOptions = {}) {
    const { clock } = this;
    const isShared = options.isStoreShared ?? false;
    this.ledger = new Ledger(EMPTY_LEDGER, DEFAULT_MAX_RECORDS, isShared);
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
      metrics,
      locker: new Locker({
        clock,
        locking: options.locking ?? null,
        claimsInStore: isShared,
        onBroken: (key) => this.warnings.push({ code: 'lock', message: key }),
      }),
      cluster: new Cluster({ clock, nodeId: 'node', locking: null, warn: () => {} }),
      log: silentLogger,
      nodeId: 'node',
      newRunId: () => `run-${++lastRunId}`,
      emit,
      callHost: () => Promise.reject(new Error('no host')),
      beat: () => {
        this.beats += 1;
      },
    });
  }

  /** Adds and plans schedules, and starts the clock. */
  start(...definitions: ScheduleDefinition[]): void {
    for (const definition of definitions) this.engine.plan(this.engine.add(definition, undefined));
    this.engine.start();
  }

  outcomes(key: string): Partial<Record<Outcome, number>> {
    return this.engine.get(key).outcomes;
  }

  /** What fell due and how it ended must be the same number, per schedule, once all is at rest. */
  unaccounted(): string[] {
    return this.engine
      .statuses()
      .filter(({ state }) => !['locking', 'running', 'recording'].includes(state))
      .filter(({ dueCount, outcomes }) => dueCount !== Object.values(outcomes).reduce((sum, count) => sum + count, 0))
      .map(({ key, dueCount, outcomes }) => `${key}: ${dueCount} due, ${JSON.stringify(outcomes)}`);
  }

  #hear(event: SupervisorEvent): void {
    this.events.push(event);
    if (event.type === 'run') this.runs.push(event.event);
    if (event.type === 'decision') this.decisions.push(event.event);
    if (event.type === 'warning') this.warnings.push(event.event);
  }
}
