import { AUDIT_ACTIONS } from '../../../machines/operating/audit.ts';
import { SCHEDULE_STATES } from '../../../machines/operating/schedule-lists.ts';
import type { Pause } from '../../../machines/schedule-entries.ts';
import { everyWord, MISSED_RUN_POLICIES } from '../../../machines/words/every-word.ts';
import type { Watch } from '../../../plugin.ts';
import type {
  AuditEntry,
  Lane,
  LaneRun,
  LiveRun,
  LiveRunDetail,
  Overview,
  Problem,
  ScheduleDetail,
  SchedulePage,
} from '../../../supervisor/operator-reports.ts';
import type { ReloadReport } from '../../../supervisor/plugin-reports.ts';
import type { ScheduleStatus } from '../../../supervisor/scheduler-reports.ts';
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
import { trigger } from './run-schemas.ts';

const PROBLEM_KINDS = everyWord<Problem['kind']>()([
  'quarantined',
  'faulted',
  'failing',
  'silent',
  'store',
  'locks',
  'plugin-refused',
  'node-gone',
]);
const PHASES = everyWord<LiveRun['phase']>()(['locking', 'queued', 'running', 'recording']);

const liveRunFields = {
  runId: text,
  key: text,
  plugin: text,
  scheduleId: text,
  tenantId: optional(text),
  siteId: optional(text),
  trigger,
  scheduledAtMs: instant,
  dueAtMs: instant,
  phase: choice(PHASES),
  startedAtMs: nullable(instant),
  threadId: nullable(whole),
  progress: nullable(shape<NonNullable<LiveRun['progress']>>()({ fraction: number, note: optional(text) })),
};

export const SCHEDULE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  MissedRunPolicy: choice(MISSED_RUN_POLICIES),
  ScheduleState: choice(SCHEDULE_STATES),
  OutcomeCounts: { ...record(whole), description: 'How often each outcome occurred; one that never did is absent.' },
  Watch: shape<Watch>()({ maxSilenceMs: number }),
  Pause: shape<Pause>()({ atMs: instant, note: optional(text), probeAtMs: optional(instant) }),
  ScheduleStatus: shape<ScheduleStatus>()({
    key: text,
    plugin: text,
    scheduleId: text,
    tenantId: optional(text),
    siteId: optional(text),
    description: optional(text),
    cron: text,
    timezone: text,
    jitterMs: number,
    missedRunPolicy: ref('MissedRunPolicy'),
    state: ref('ScheduleState'),
    faultReason: optional(text),
    pause: optional(ref('Pause')),
    nextOccurrenceAtMs: nullable(instant),
    createdAtMs: instant,
    dueCount: whole,
    runCount: whole,
    outcomes: ref('OutcomeCounts'),
    failuresInRow: whole,
    lastRun: optional(ref('RunRecord')),
    lastFailure: optional(ref('RunRecord')),
    lastSuccessAtMs: optional(instant),
    watch: optional(ref('Watch')),
    silentSinceMs: optional(instant),
  }),
  SchedulePage: shape<SchedulePage>()({ total: whole, offset: whole, schedules: list(ref('ScheduleStatus'), 1_000) }),
  ScheduleDetail: shape<ScheduleDetail>()({
    schedule: ref('ScheduleStatus'),
    declared: ref('ScheduleManifest'),
    upcoming: list(instant),
    live: nullable(ref('LiveRun')),
  }),
  LiveRun: shape<LiveRun>()(liveRunFields),
  LiveRunDetail: shape<LiveRunDetail>()({
    ...liveRunFields,
    budget: shape<LiveRunDetail['budget']>()({
      wallMs: bound,
      cpuMs: bound,
      heapMb: bound,
      graceMs: bound,
      fuel: bound,
    }),
    log: list(ref('LogLine')),
    droppedLogLines: whole,
  }),
  Lane: shape<Lane>()({
    key: text,
    runs: list(
      shape<LaneRun>()({
        runId: text,
        scheduledAtMs: instant,
        startedAtMs: instant,
        finishedAtMs: instant,
        outcome: ref('RunOutcome'),
        lateness: ref('Lateness'),
      }),
    ),
    live: nullable(ref('LiveRun')),
    upcoming: list(instant),
  }),
  Problem: shape<Problem>()({
    kind: choice(PROBLEM_KINDS),
    key: optional(text),
    text,
    sinceMs: optional(instant),
  }),
  Overview: shape<Overview>()({
    nodeId: text,
    version: text,
    nowMs: instant,
    startedAtMs: instant,
    timezone: text,
    isDraining: flag,
    scheduleCount: whole,
    states: record(whole),
    nextDueAtMs: nullable(instant),
    liveRunCount: whole,
    problems: list(ref('Problem'), 100),
  }),
  AuditEntry: shape<AuditEntry>()({
    atMs: instant,
    nodeId: text,
    by: text,
    action: choice(AUDIT_ACTIONS),
    key: optional(text),
    plugin: optional(text),
    runId: optional(text),
    note: optional(text),
    refusal: optional(text),
  }),
  ReloadReport: shape<ReloadReport & { readonly keys: readonly string[] }>()({
    keys: list(text),
    added: list(text),
    removed: list(text),
    changed: list(shape<ReloadReport['changed'][number]>()({ key: text, why: text })),
    unchanged: list(text),
  }),
};
