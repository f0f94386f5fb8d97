import { everyWord, LOCKING_HINTS } from '../../../machines/words/every-word.ts';
import type { PluginPage, PluginSummary } from '../../../supervisor/operator-reports.ts';
import type { PluginManifest, ScheduleManifest } from '../../../supervisor/plugin-reports.ts';
import type {
  ClusterNode,
  ClusterRun,
  LatencySummary,
  RefusedPlugin,
  SchedulerStats,
  TenantStats,
} from '../../../supervisor/scheduler-reports.ts';
import {
  bound,
  choice,
  flag,
  instant,
  type JsonSchema,
  list,
  nullable,
  number,
  optional,
  record,
  ref,
  shape,
  text,
  whole,
} from './json-schema.ts';

type Part<K extends keyof SchedulerStats> = SchedulerStats[K];
type Metric = SchedulerStats['metrics'][number];

const budget: JsonSchema = {
  type: 'object',
  properties: { wallMs: bound, cpuMs: bound, heapMb: bound, graceMs: bound, fuel: bound },
  additionalProperties: false,
};
const permissions = shape<NonNullable<PluginManifest['permissions']>>()({
  allowedUrls: optional(list(text)),
  kvNamespaces: optional(list(text)),
  storageQuotaKb: optional(bound),
  maxFetchPerMinute: optional(bound),
  allowedPaths: optional(list(text)),
  memoryPages: optional(bound),
  hostFunctions: optional(list(text)),
});
const latency = ref('LatencySummary');
/** Null for what was not measured. */
const maybe = nullable(number);

const stats = shape<SchedulerStats>()({
  nodeId: text,
  pool: shape<Part<'pool'>>()({
    threads: whole,
    running: whole,
    queued: whole,
    quarantined: whole,
    threadsReplaced: whole,
  }),
  queue: shape<Part<'queue'>>()({ scheduled: whole, nextDueAtMs: nullable(instant) }),
  clock: shape<Part<'clock'>>()({ ticks: whole, wakeUps: whole, jumps: whole }),
  store: shape<Part<'store'>>()({ name: text, errors: whole, conflicts: whole }),
  locks: shape<Part<'locks'>>()({ name: nullable(text), held: whole, errors: whole, roundTrips: whole }),
  isDraining: flag,
  cluster: shape<Part<'cluster'>>()({
    nodes: list(ref('ClusterNode')),
    nodeIds: list(text),
    clockSkewMs: maybe,
    clockErrorMs: maybe,
  }),
  plugins: shape<Part<'plugins'>>()({
    loaded: whole,
    refused: list(shape<RefusedPlugin>()({ module: text, error: ref('ErrorRecord') })),
  }),
  outcomes: ref('OutcomeCounts'),
  tenants: list(
    shape<TenantStats>()({
      tenantId: optional(text),
      siteId: optional(text),
      outcomes: ref('OutcomeCounts'),
      lateness: shape<TenantStats['lateness']>()({ count: whole, meanMs: number, maxMs: number }),
    }),
  ),
  metrics: list(
    shape<Metric>()({
      plugin: text,
      tenantId: optional(text),
      siteId: optional(text),
      name: text,
      tags: record(text),
      count: whole,
      sum: number,
      min: number,
      max: number,
      last: number,
      lastAtMs: instant,
    }),
  ),
  supervisorHeapBytes: number,
  lateness: shape<Part<'lateness'>>()({
    tick: latency,
    lock: latency,
    queue: latency,
    start: latency,
    total: latency,
  }),
});

type LoadFuel = NonNullable<PluginManifest['loadFuel']>[number];

export const SCHEDULER_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  LatencySummary: shape<LatencySummary>()({ count: whole, p50Ms: number, p99Ms: number, maxMs: number }),
  SchedulerStats: stats,
  ClusterNode: shape<ClusterNode>()({
    nodeId: text,
    isThisNode: flag,
    state: choice(everyWord<ClusterNode['state']>()(['alive', 'draining', 'gone'])),
    capacity: nullable(whole),
    clockSkewMs: maybe,
    runs: nullable(list(shape<ClusterRun>()({ runId: text, key: text, scheduledAtMs: instant }))),
  }),
  ScheduleManifest: shape<ScheduleManifest>()({
    id: text,
    key: text,
    description: optional(text),
    cron: text,
    timezone: text,
    missedRunPolicy: ref('MissedRunPolicy'),
    locking: choice(LOCKING_HINTS),
    enabled: flag,
    budget,
    watch: optional(ref('Watch')),
  }),
  PluginSummary: shape<PluginSummary>()({
    name: text,
    version: optional(text),
    description: optional(text),
    module: text,
    tenantId: optional(text),
    siteId: optional(text),
    isolation: choice(everyWord<PluginManifest['isolation']>()(['thread', 'process'])),
    priority: number,
    provides: list(text),
    requires: list(text),
    missing: list(text),
    permissions: optional(permissions),
    budget,
    maxConcurrent: optional(bound),
    loadFuel: optional(list(shape<LoadFuel>()({ call: text, used: whole, limit: number }))),
    scheduleCount: whole,
    schedules: list(ref('ScheduleManifest'), 100),
  }),
  PluginPage: shape<PluginPage>()({
    provides: list(text),
    names: list(text, 1_000),
    tenantIds: list(text, 1_000),
    total: whole,
    offset: whole,
    plugins: list(ref('PluginSummary'), 200),
  }),
};
