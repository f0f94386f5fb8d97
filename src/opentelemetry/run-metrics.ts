/** Instruments for what runs, by the events of the scheduler, and for what is, by its `stats()`. */
import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import type { Decision, RunRecord, SchedulerStats } from '../index.ts';
import { BoundedNames } from './bounded-names.ts';
import { destinationOf, errorTypeOf, SYSTEM } from './run-attributes.ts';

/** Seconds. */
const BOUNDARIES = {
  lateness: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  duration: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900, 3_600],
  cpu: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300],
};

/** How many names of each kind have series of their own. */
const MAX_PLUGINS = 100;
const MAX_DESTINATIONS = 1_000;
const MAX_ERROR_TYPES = 50;
/** As for Prometheus: no plugin can be called so. */
const OTHERS = '_other';
/** What the conventions call an error that has no name of its own. */
const OTHER_ERRORS = '_OTHER';

const PARTS = { tick: 'tickMs', lock: 'lockMs', queue: 'queueMs', start: 'startMs', total: 'totalMs' } as const;

/** What can be asked for, and where it stands in the stats. Null is not observed. */
interface Gauge {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly isCounter?: true;
  read(stats: SchedulerStats): number | null;
}

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);

const GAUGES: readonly Gauge[] = [
  {
    name: 'escapement.pool.threads',
    unit: '{thread}',
    description: 'Threads and processes of the pool.',
    read: ({ pool }) => pool.threads,
  },
  {
    name: 'escapement.pool.running',
    unit: '{thread}',
    description: 'Threads and processes that are occupied.',
    read: ({ pool }) => pool.running,
  },
  {
    name: 'escapement.pool.queued',
    unit: '{run}',
    description: 'Runs that wait for a thread.',
    read: ({ pool }) => pool.queued,
  },
  {
    name: 'escapement.pool.quarantined',
    unit: '{thread}',
    description: 'Threads that do not exit although they were terminated.',
    read: ({ pool }) => pool.quarantined,
  },
  {
    name: 'escapement.schedules.waiting',
    unit: '{schedule}',
    description: 'Schedules that wait for their next occurrence.',
    read: ({ queue }) => queue.scheduled,
  },
  {
    name: 'escapement.locks.held',
    unit: '{lock}',
    description: 'Run locks that this node holds.',
    read: ({ locks }) => locks.held,
  },
  {
    name: 'escapement.cluster.nodes',
    unit: '{node}',
    description: 'Running nodes that this one knows of, itself among them.',
    read: ({ cluster }) => cluster.nodeIds.length,
  },
  {
    name: 'escapement.clock.skew',
    unit: 's',
    description: "How far this machine's clock is ahead of the backend's.",
    read: ({ cluster }) => seconds(cluster.clockSkewMs),
  },
  {
    name: 'escapement.clock.jumps',
    unit: '{jump}',
    description: 'How often the wall clock was set, or the process did not run for a second.',
    isCounter: true,
    read: ({ clock }) => clock.jumps,
  },
  {
    name: 'escapement.store.errors',
    unit: '{error}',
    description: 'Writes to the store that failed.',
    isCounter: true,
    read: ({ store }) => store.errors,
  },
  {
    name: 'escapement.store.conflicts',
    unit: '{conflict}',
    description: 'What a shared store refused, because another node was first.',
    isCounter: true,
    read: ({ store }) => store.conflicts,
  },
  {
    name: 'escapement.locks.errors',
    unit: '{error}',
    description: 'Failures of the lock backend.',
    isCounter: true,
    read: ({ locks }) => locks.errors,
  },
  {
    name: 'escapement.locks.round_trips',
    unit: '{call}',
    description: 'Calls of the lock backend.',
    isCounter: true,
    read: ({ locks }) => locks.roundTrips,
  },
];

export class RunMetrics {
  readonly #runs;
  readonly #skipped;
  readonly #duration;
  readonly #cpu;
  readonly #lateness;
  readonly #plugins = new BoundedNames(MAX_PLUGINS, OTHERS);
  readonly #destinations = new BoundedNames(MAX_DESTINATIONS, OTHERS);
  readonly #errorTypes = new BoundedNames(MAX_ERROR_TYPES, OTHER_ERRORS);

  constructor(meter: Meter) {
    const { lateness, duration, cpu } = BOUNDARIES;
    this.#runs = meter.createCounter('escapement.runs', { unit: '{run}', description: 'Runs that ended.' });
    this.#skipped = meter.createCounter('escapement.skipped_occurrences', {
      unit: '{occurrence}',
      description: 'Occurrences that did not run.',
    });
    this.#duration = meter.createHistogram('messaging.process.duration', {
      unit: 's',
      description: 'Duration of runs.',
      advice: { explicitBucketBoundaries: duration },
    });
    this.#cpu = meter.createHistogram('escapement.run.cpu_time', {
      unit: 's',
      description: 'CPU time of runs, where it can be measured.',
      advice: { explicitBucketBoundaries: cpu },
    });
    this.#lateness = meter.createHistogram('escapement.run.lateness', {
      unit: 's',
      description: 'How late runs began, by the part in which they waited, and in total.',
      advice: { explicitBucketBoundaries: lateness },
    });
  }

  /** A run that never had a thread was not late, and took no time. */
  ended(record: RunRecord): void {
    const { plugin, outcome, threadId, startedAtMs, finishedAtMs, cpuMs, lateness, key } = record;
    const of = { 'escapement.plugin': this.#plugins.of(plugin) };
    this.#runs.add(1, { ...of, 'escapement.run.outcome': outcome });
    if (threadId === undefined) return;
    const errorType = errorTypeOf(record);
    this.#duration.record(Math.max(finishedAtMs - startedAtMs, 0) / 1_000, {
      ...SYSTEM,
      'messaging.operation.name': 'process',
      'messaging.destination.name': this.#destinations.of(destinationOf(key)),
      ...(errorType !== undefined && { 'error.type': this.#errorTypes.of(errorType) }),
    });
    if (cpuMs !== undefined) this.#cpu.record(cpuMs / 1_000, of);
    for (const [part, field] of Object.entries(PARTS)) {
      this.#lateness.record(lateness[field] / 1_000, { 'escapement.lateness.part': part });
    }
  }

  decided({ key, outcome, count }: Decision): void {
    const [plugin = ''] = destinationOf(key).split('/');
    this.#skipped.add(count, { 'escapement.plugin': this.#plugins.of(plugin), 'escapement.run.outcome': outcome });
  }
}

/** Asks for the stats at each collection. Returns how to end that. While there are none, nothing is observed. */
export function observeStats(meter: Meter, stats: () => Promise<SchedulerStats>): () => void {
  const observed = GAUGES.map((gauge): [Gauge, Observable] => {
    const { name, unit, description, isCounter } = gauge;
    const make = isCounter === true ? 'createObservableCounter' : 'createObservableGauge';
    return [gauge, meter[make](name, { unit, description })];
  });
  const observables = observed.map(([, observable]) => observable);
  const callback = async (result: BatchObservableResult): Promise<void> => {
    const now = await stats().catch(() => null);
    if (now === null) return;
    for (const [gauge, observable] of observed) {
      const value = gauge.read(now);
      if (value !== null) result.observe(observable, value);
    }
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}
