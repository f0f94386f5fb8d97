/**
 * What the rows of a store have to be. A disk, an operator or another program may have changed them, and one row that is
 * wrong must not keep a scheduler from starting, or a schedule from running. The types say the same as these checks.
 */

import { AUDIT_ACTIONS } from '../operating/audit.ts';
import { POSITION_CHANGES } from '../position/repositioning.ts';
import { DECISION_REASONS, LOG_LEVELS, RUN_OUTCOMES, RUN_TRIGGERS, SKIP_OUTCOMES } from '../run.ts';
import { LIFE_EVENT_KINDS } from '../schedule-life.ts';
import { MISSED_RUN_POLICIES } from '../words/every-word.ts';
import {
  amount,
  type Check,
  count,
  flag,
  instant,
  listOf,
  name,
  object,
  oneOf,
  optional,
  recordOf,
  text,
} from './shape.ts';

const OUTCOMES = [...RUN_OUTCOMES, ...SKIP_OUTCOMES];
const MAX_CAUSES = 32;

const declared = object({
  cron: text,
  timezone: text,
  jitterMs: amount,
  missedRunPolicy: oneOf(MISSED_RUN_POLICIES),
  isEnabled: flag,
  zoneData: text,
});

const owed = object({ runId: name, scheduledAtMs: instant });

const draftFields = {
  runId: name,
  key: name,
  plugin: text,
  scheduleId: text,
  tenantId: optional(text),
  siteId: optional(text),
  nodeId: text,
  trigger: oneOf(RUN_TRIGGERS),
  isCatchup: flag,
  recoveryOf: optional(text),
  scheduledAtMs: instant,
  dueAtMs: instant,
  pass: optional(count),
  traceparent: optional(text),
};

const runRecord = object({
  ...draftFields,
  startedAtMs: instant,
  finishedAtMs: instant,
  outcome: oneOf(OUTCOMES),
  error: optional(errorRecord(MAX_CAUSES)),
  lateness: object({ tickMs: amount, lockMs: amount, queueMs: amount, startMs: amount, totalMs: amount }),
  cpuMs: optional(amount),
  fuel: optional(amount),
  fuelBudget: optional(amount),
  fencingToken: optional(text),
  threadId: optional(amount),
  droppedLogLines: optional(count),
});

const told = object({ isFailing: flag, isSilent: flag });

const scheduleState = object({
  key: name,
  createdAtMs: instant,
  declared,
  cursorMs: instant,
  repeat: optional(object({ pass: count, untilMs: instant, ranUntilMs: optional(instant), isWanted: optional(flag) })),
  placedMs: optional(instant),
  owed: optional(owed),
  pause: optional(object({ atMs: instant, note: optional(text), probeAtMs: optional(instant) })),
  runCount: count,
  dueCount: count,
  outcomes: recordOf(OUTCOMES, count),
  failuresInRow: count,
  lastRun: optional(runRecord),
  lastFailure: optional(runRecord),
  lastSuccessAtMs: optional(instant),
  activeSinceMs: optional(instant),
  silentSinceMs: optional(instant),
  told: optional(told),
  mayBeTold: optional(told),
  fencing: optional(count),
});

const claim = object({
  key: name,
  runId: name,
  nodeId: text,
  claimedAtMs: instant,
  draft: object(draftFields),
  basis: optional(object({ cursorMs: instant, owed: optional(owed) })),
});

const decision = object({
  key: name,
  nodeId: text,
  outcome: oneOf(SKIP_OUTCOMES),
  reason: optional(oneOf(DECISION_REASONS)),
  fromMs: instant,
  untilMs: instant,
  count,
  pass: optional(count),
  isManual: optional(flag),
  atMs: instant,
  error: optional(errorRecord(MAX_CAUSES)),
});

/** What is kept in rows, by the name of the table. */
export const ROW_CHECKS = {
  schedules: scheduleState,
  claims: claim,
  runs: runRecord,
  decisions: decision,
  life: object({
    key: name,
    atMs: instant,
    kind: oneOf(LIFE_EVENT_KINDS),
    note: optional(text),
    declared: optional(declared),
    position: optional(
      object({
        how: oneOf(POSITION_CHANGES),
        fromMs: instant,
        cursorMs: instant,
        byMs: optional(amount),
        pass: optional(count),
      }),
    ),
  }),
  audit: object({
    atMs: instant,
    nodeId: text,
    by: text,
    action: oneOf(AUDIT_ACTIONS),
    key: optional(text),
    plugin: optional(text),
    runId: optional(text),
    note: optional(text),
    refusal: optional(text),
  }),
  sessions: object({
    incarnationId: text,
    nodeId: text,
    startedAtMs: instant,
    seenAtMs: instant,
    stoppedAtMs: optional(instant),
  }),
} satisfies Readonly<Record<string, Check>>;

export const LOG_CHECK = listOf(
  object({ atMs: instant, level: oneOf(LOG_LEVELS), message: text, fields: optional(object({})) }),
);

/** What it is about has to be the same in all places that name it. */
export function identityProblem(
  row: unknown,
  expected: { readonly key?: unknown; readonly runId?: unknown },
): string | null {
  const { key, runId, draft } = row as { key: string; runId?: string; draft?: { key: string; runId: string } };
  if (key !== (expected.key ?? key)) return `is about "${key}"`;
  if (runId !== (expected.runId ?? runId)) return `is about run ${runId}`;
  return draft !== undefined && (draft.key !== key || draft.runId !== runId) ? 'has the draft of another run' : null;
}

function errorRecord(depth: number): Check {
  return (value) => {
    if (depth === 0) return 'must not have so many causes';
    const cause = optional(errorRecord(depth - 1));
    const texts = { stack: optional(text), code: optional(text), kind: optional(text) };
    return object({ name: text, message: text, ...texts, cause })(value);
  };
}
