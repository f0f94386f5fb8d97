import { type Explanation, VERDICTS } from '../../../machines/explaining/explanation.ts';
import type { HistoryRecord } from '../../../machines/history.ts';
import { POSITION_CHANGES } from '../../../machines/position/repositioning.ts';
import {
  DECISION_REASONS,
  type Decision,
  type ErrorRecord,
  type Lateness,
  LOG_LEVELS,
  type LogLine,
  type OwedRun,
  type PlanBasis,
  RUN_OUTCOMES,
  RUN_TRIGGERS,
  type RunRecord,
  SKIP_OUTCOMES,
} from '../../../machines/run.ts';
import type { Claim, DeclaredTimes, RunDraft } from '../../../machines/schedule-entries.ts';
import { LIFE_EVENT_KINDS, type LifeEvent, type PositionEvent } from '../../../machines/schedule-life.ts';
import type { DownTime } from '../../../machines/session.ts';
import {
  anything,
  choice,
  flag,
  instant,
  type JsonSchema,
  list,
  number,
  optional,
  record,
  ref,
  shape,
  text,
  whole,
} from './json-schema.ts';

export const trigger = choice(RUN_TRIGGERS);

/** The W3C Trace Context of a trigger, as its caller sent it. */
const traceparent = optional(text);

const draftFields = {
  runId: text,
  key: text,
  plugin: text,
  scheduleId: text,
  tenantId: optional(text),
  siteId: optional(text),
  nodeId: text,
  trigger,
  isCatchup: flag,
  recoveryOf: optional(text),
  scheduledAtMs: instant,
  dueAtMs: instant,
  pass: optional(whole),
  traceparent,
};

const recordFields = {
  ...draftFields,
  startedAtMs: instant,
  finishedAtMs: instant,
  outcome: ref('Outcome'),
  error: optional(ref('ErrorRecord')),
  lateness: ref('Lateness'),
  cpuMs: optional(number),
  fuel: optional(number),
  fuelBudget: optional(number),
  fencingToken: optional(text),
  threadId: optional(whole),
  droppedLogLines: optional(whole),
};

export const RUN_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  RunOutcome: choice(RUN_OUTCOMES),
  Outcome: choice([...RUN_OUTCOMES, ...SKIP_OUTCOMES]),
  Lateness: shape<Lateness>()({ tickMs: number, lockMs: number, queueMs: number, startMs: number, totalMs: number }),
  ErrorRecord: shape<ErrorRecord>()({
    name: text,
    message: text,
    stack: optional(text),
    code: optional(text),
    kind: optional(text),
    cause: optional(ref('ErrorRecord')),
  }),
  RunRecord: shape<RunRecord>()(recordFields),
  LogLine: shape<LogLine>()({
    atMs: instant,
    level: choice(LOG_LEVELS),
    message: text,
    fields: optional(record(anything)),
  }),
  HistoryRecord: shape<HistoryRecord>()({ ...recordFields, log: optional(list(ref('LogLine'))) }),
  Decision: shape<Decision>()({
    key: text,
    nodeId: text,
    outcome: choice(SKIP_OUTCOMES),
    reason: optional(choice(DECISION_REASONS)),
    fromMs: instant,
    untilMs: instant,
    count: whole,
    pass: optional(whole),
    isManual: optional(choice([true])),
    atMs: instant,
    error: optional(ref('ErrorRecord')),
  }),
  DeclaredTimes: shape<DeclaredTimes>()({
    cron: text,
    timezone: text,
    jitterMs: number,
    missedRunPolicy: ref('MissedRunPolicy'),
    isEnabled: flag,
    zoneData: text,
  }),
  LifeEvent: shape<LifeEvent>()({
    key: text,
    atMs: instant,
    kind: choice(LIFE_EVENT_KINDS),
    note: optional(text),
    declared: optional(ref('DeclaredTimes')),
    position: optional(
      shape<PositionEvent>()({
        how: choice(POSITION_CHANGES),
        fromMs: instant,
        cursorMs: instant,
        byMs: optional(number),
        pass: optional(whole),
      }),
    ),
  }),
  Claim: shape<Claim>()({
    key: text,
    runId: text,
    nodeId: text,
    claimedAtMs: instant,
    draft: shape<RunDraft>()(draftFields),
    basis: optional(
      shape<PlanBasis>()({
        cursorMs: instant,
        owed: optional(shape<OwedRun>()({ runId: text, scheduledAtMs: instant })),
      }),
    ),
  }),
  Explanation: shape<Explanation>()({
    key: text,
    atMs: instant,
    verdict: choice(VERDICTS),
    text,
    runs: list(ref('RunRecord')),
    recovery: optional(ref('RunRecord')),
    claim: optional(ref('Claim')),
    overlapped: optional(ref('RunRecord')),
    decision: optional(ref('Decision')),
    event: optional(ref('LifeEvent')),
    position: optional(ref('LifeEvent')),
    downTime: optional(shape<DownTime>()({ fromMs: optional(instant), untilMs: optional(instant) })),
    previousAtMs: optional(instant),
    nextAtMs: optional(instant),
  }),
};
