/**
 * What a node has counted, as metric families: names, units and types by the conventions of Prometheus. Base units are
 * seconds and bytes, counters end in `_total`, and an instant is a timestamp, so that the reader computes the age.
 */
import { type Outcome, RUN_OUTCOMES, SKIP_OUTCOMES } from '../../machines/run.ts';
import type { MetricsReport } from '../../supervisor/observing/metrics-report.ts';
import { counter, type Family, family, gauge, histogram, type Labels, labelsOf, type Sample } from './family.ts';
import { pluginMetricFamilies } from './plugin-metric-families.ts';

/** Without those of which nothing is known yet. */
export function familiesOf(report: MetricsReport): Family[] {
  const families = [
    ...nodeFamilies(report),
    ...runFamilies(report),
    ...tenantFamilies(report),
    ...poolFamilies(report),
    ...backendFamilies(report),
    ...clusterFamilies(report),
    ...pluginMetricFamilies(report.pluginMetrics),
  ];
  return families.filter(({ samples }) => samples.length > 0);
}

function nodeFamilies(report: MetricsReport): Family[] {
  const { nodeId, startedAtMs, restartCount, heapBytes, isDraining, schedules, plugins, queue, clock } = report;
  const { idle, paused, faulted, disabled, failing } = schedules;
  return [
    gauge('node_info', 'The id of this node.', [{ labels: labelsOf({ node: nodeId }), value: 1 }]),
    gauge('start_time_seconds', 'When the supervisor thread started, as a Unix time.', startedAtMs / 1_000),
    counter('supervisor_restarts', 'How often the supervisor thread was started anew because it died.', restartCount),
    gauge('supervisor_heap_bytes', 'The JavaScript heap that the supervisor thread uses.', heapBytes),
    gauge('draining', 'Whether this node starts nothing any more because it drains: 1 or 0.', Number(isDraining)),
    gauge('schedules', 'How many schedules there are, by the state in which they rest.', [
      ...Object.entries({ idle, paused, faulted, disabled }).map(([state, value]) => ({ labels: { state }, value })),
    ]),
    gauge('failing_schedules', 'How many schedules failed by themselves when they last ran.', failing),
    gauge('plugins', 'How many installed plugins were loaded, and how many were refused.', [
      { labels: { state: 'loaded' }, value: plugins.loaded },
      { labels: { state: 'refused' }, value: plugins.refused },
    ]),
    gauge('waiting_schedules', 'How many schedules wait for their next occurrence.', queue.scheduled),
    gauge(
      'next_due_timestamp_seconds',
      'When the next occurrence falls due, as a Unix time.',
      instant(queue.nextDueAtMs),
    ),
    counter('clock_ticks', 'How often the clock woke and something was due.', clock.ticks),
    counter('clock_wake_ups', 'How often the clock woke.', clock.wakeUps),
    counter('clock_jumps', 'How often the wall clock was set, or the process did not run for a second.', clock.jumps),
  ];
}

function runFamilies({ runs, latenessMs, lastClaimAtMs }: MetricsReport): Family[] {
  const budgetsOf = runs.flatMap(({ plugin, budgets }) =>
    Object.entries(budgets).map(([budget, use]) => ({ labels: labelsOf({ plugin, budget }), ...use })),
  );
  return [
    counter('runs', 'How many runs ended, by plugin and outcome.', byOutcome(runs, RUN_OUTCOMES)),
    counter('skipped_occurrences', 'How many occurrences did not run, and why.', byOutcome(runs, SKIP_OUTCOMES)),
    histogram(
      'lateness_seconds',
      'How late runs began, and for what reason: waiting for the tick, the lock, the queue or the start of the run.',
      Object.entries(latenessMs).map(([part, of]) => ({ labels: { part }, of, perUnit: 1_000 })),
    ),
    histogram(
      'run_duration_seconds',
      'How long runs took, from the call of run() to its end.',
      runs.map(({ plugin, durationMs: of }) => ({ labels: labelsOf({ plugin }), of, perUnit: 1_000 })),
    ),
    histogram(
      'run_cpu_seconds',
      'How much CPU time runs used, where that can be measured.',
      runs.map(({ plugin, cpuMs: of }) => ({ labels: labelsOf({ plugin }), of, perUnit: 1_000 })),
    ),
    histogram(
      'run_budget_used_ratio',
      'Which share of a limit runs used, of those that have the limit: 1 is all of it.',
      budgetsOf.map(({ labels, shares: of }) => ({ labels, of, perUnit: 1 })),
    ),
    gauge(
      'run_budget_used_max_ratio',
      'The greatest share of a limit that a run used since the supervisor thread started.',
      budgetsOf.map(({ labels, max: value }) => ({ labels, value })),
    ),
    gauge(
      'last_claim_timestamp_seconds',
      'When this node last claimed an occurrence, as a Unix time.',
      instant(lastClaimAtMs),
    ),
  ];
}

function tenantFamilies({ tenants }: MetricsReport): Family[] {
  const labelled = tenants.map((tenant) => ({ ...tenant, labels: tenantLabels(tenant) }));
  return [
    counter(
      'tenant_outcomes',
      'How many occurrences of a tenant and site ended, by outcome; of "_other" those of all further tenants.',
      labelled.flatMap(({ labels, outcomes }) =>
        Object.entries(outcomes).map(([outcome, value]) => ({ labels: { ...labels, outcome }, value })),
      ),
    ),
    family('summary', 'tenant_lateness_seconds', 'How late the runs of a tenant and site began.', [
      ...labelled.flatMap(({ labels, startedCount, lateMs }): Sample[] => [
        { suffix: '_sum', labels, value: lateMs / 1_000 },
        { suffix: '_count', labels, value: startedCount },
      ]),
    ]),
  ];
}

function poolFamilies({ pool }: MetricsReport): Family[] {
  return [
    gauge('pool_threads', 'How many threads and processes the pool has.', pool.threads),
    gauge('pool_running', 'How many of them are occupied by runs and loads.', pool.running),
    gauge('pool_queued', 'How many runs wait for a thread.', pool.queued),
    gauge('pool_quarantined_threads', 'How many threads do not exit although they were terminated.', pool.quarantined),
    counter('pool_threads_replaced', 'How many threads have exited and were replaced.', pool.threadsReplaced),
  ];
}

function backendFamilies({ store, locks }: MetricsReport): Family[] {
  const storeLabels = labelsOf({ store: store.name });
  const inStore = (value: number): Sample[] => [{ labels: storeLabels, value }];
  const inLocks = (value: number): Sample[] =>
    locks.name === null ? [] : [{ labels: labelsOf({ backend: locks.name }), value }];
  return [
    counter('store_errors', 'How many writes to the store failed.', inStore(store.errors)),
    counter(
      'store_conflicts',
      'How often a shared store refused what another node was first to do.',
      inStore(store.conflicts),
    ),
    gauge('locks_held', 'How many run locks this node holds.', inLocks(locks.held)),
    counter('lock_errors', 'How often the lock backend failed.', inLocks(locks.errors)),
    counter('lock_round_trips', 'How often the lock backend was called.', inLocks(locks.roundTrips)),
  ];
}

function clusterFamilies({ nodes, clockSkewMs, clockErrorMs }: MetricsReport): Family[] {
  return [
    gauge('cluster_nodes', 'How many nodes this one knows of, itself among them, by state.', [
      ...Object.entries(nodes).map(([state, value]) => ({ labels: { state }, value })),
    ]),
    gauge('clock_skew_seconds', "How far this machine's clock is ahead of the backend's.", instant(clockSkewMs)),
    gauge('clock_skew_error_seconds', 'By how much the measured skew may be wrong at most.', instant(clockErrorMs)),
  ];
}

function tenantLabels({ tenantId, siteId, isOthers }: MetricsReport['tenants'][number]): Labels {
  return isOthers === true ? { tenant: '_other', site: '' } : labelsOf({ tenant: tenantId ?? '', site: siteId ?? '' });
}

/** Every outcome from the beginning: a rate needs a 0 before the first failure. */
function byOutcome(runs: MetricsReport['runs'], outcomes: readonly Outcome[]): Sample[] {
  return runs.flatMap(({ plugin, outcomes: counts }) =>
    outcomes.map((outcome) => ({ labels: labelsOf({ plugin, outcome }), value: counts[outcome] })),
  );
}

/** Seconds, or no sample while nothing is known. */
function instant(ms: number | null): Sample[] {
  return ms === null ? [] : [{ labels: {}, value: ms / 1_000 }];
}
