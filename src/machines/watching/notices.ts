/**
 * What is told of a schedule to those who do not look: that it began to fail, that it fell silent, that it has recovered.
 * Each is told once for a change, not for each run. What was told is a part of the schedule's state, so that a restart
 * tells neither the same again nor forgets what nobody could be told.
 */
import { spanText } from '../explaining/span-text.ts';
import { FAILURES, type Outcome, type RunRecord, type ScheduleIdentity } from '../run.ts';
import type { ScheduleState } from '../schedule-state.ts';
import { lastSuccessMs } from './silence.ts';
import { eitherTold, NOTHING_TOLD, type Told } from './told.ts';

/** What happened to a schedule: it began to fail in one of five ways, fell silent, or recovered. */
export const NOTICE_KINDS = [
  'failed',
  'timed-out',
  'over-budget',
  'out-of-memory',
  'crashed',
  'silent',
  'recovered',
] as const;

/** What is told of a schedule. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What to tell, and what will have been told then. */
export interface News {
  readonly kind: NoticeKind;
  readonly told: Told;
}

/** What the end of a run makes of what was told; null if there is nothing to tell. */
export function newsOfRun(told: Told, outcome: Outcome): News | null {
  if (outcome === 'succeeded') {
    return told.isFailing || told.isSilent ? { kind: 'recovered', told: NOTHING_TOLD } : null;
  }
  if (told.isFailing || !isFailure(outcome)) return null;
  return { kind: outcome, told: { ...told, isFailing: true } };
}

/** The same for a schedule that fell silent. */
export function newsOfSilence(told: Told): News | null {
  return told.isSilent ? null : { kind: 'silent', told: { ...told, isSilent: true } };
}

/**
 * What is still to be told of a schedule, by its state alone: after a restart nobody knows what happened in between, and
 * what has passed by then is not told any more. Where somebody may have been told that something is wrong, it is told
 * again while it is wrong, and that it has recovered when it has.
 */
export function untoldNews(state: ScheduleState): readonly News[] {
  const told = state.told ?? NOTHING_TOLD;
  const { lastRun, lastFailure, failuresInRow, silentSinceMs } = state;
  if (lastRun?.outcome === 'succeeded' && silentSinceMs === undefined) {
    const news = newsOfRun(perhapsTold(state), lastRun.outcome);
    return news === null ? [] : [news];
  }
  const failed = failuresInRow > 0 && lastFailure !== undefined ? newsOfRun(told, lastFailure.outcome) : null;
  const silent = silentSinceMs === undefined ? null : newsOfSilence(failed?.told ?? told);
  return [failed, silent].filter((news) => news !== null);
}

/** What is wrong as far as somebody was told, or may have been told. */
export function perhapsTold({ told = NOTHING_TOLD, mayBeTold = NOTHING_TOLD }: ScheduleState): Told {
  return eitherTold(told, mayBeTold);
}

function isFailure(outcome: Outcome): outcome is Exclude<NoticeKind, 'silent' | 'recovered'> {
  return FAILURES.has(outcome);
}

/** What is told of a schedule, as plain data. Instants are epoch milliseconds. */
export interface Notice extends ScheduleIdentity {
  /** What is told. */
  readonly kind: NoticeKind;
  /** The key of the schedule. */
  readonly key: string;
  /** The node that tells. */
  readonly nodeId: string;
  /** When it happened: the end of the run, or when the schedule was found silent. */
  readonly atMs: number;
  /** A sentence for people. */
  readonly text: string;
  /** The run that failed, or succeeded after all. Absent for `silent`. */
  readonly run?: RunRecord;
  /** How many runs have failed in a row. */
  readonly failuresInRow: number;
  /** When a run last succeeded, in epoch milliseconds. */
  readonly lastSuccessAtMs?: number;
  /** For `silent`: how long the schedule may be silent. */
  readonly maxSilenceMs?: number;
  /** What has been told with it. */
  readonly told: Told;
}

/** What a notice is made of, beside the news. */
export interface NoticeParts {
  readonly state: ScheduleState;
  readonly identity: ScheduleIdentity;
  readonly nodeId: string;
  readonly maxSilenceMs: number | undefined;
}

export function noticeOf({ kind, told }: News, { state, identity, nodeId, maxSilenceMs }: NoticeParts): Notice {
  const { key, failuresInRow, lastRun, lastFailure, silentSinceMs, createdAtMs } = state;
  const lastSuccessAtMs = lastSuccessMs(state);
  const common = {
    kind,
    key,
    ...identity,
    nodeId,
    failuresInRow,
    ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }),
    told,
  };
  if (kind === 'silent') {
    const text = silenceText(key, lastSuccessAtMs, maxSilenceMs);
    const limit = maxSilenceMs === undefined ? {} : { maxSilenceMs };
    return { ...common, atMs: silentSinceMs ?? createdAtMs, text, ...limit };
  }
  const run = kind === 'recovered' ? lastRun : lastFailure;
  const text = kind === 'recovered' ? `Schedule "${key}" has recovered: a run has succeeded.` : failureText(key, run);
  return { ...common, atMs: run?.finishedAtMs ?? createdAtMs, text, ...(run && { run }) };
}

/** Why a schedule counts as silent, in a sentence. */
export function silenceText(key: string, lastSuccessAtMs?: number, maxSilenceMs?: number): string {
  const since =
    lastSuccessAtMs === undefined
      ? 'no run of it has ever succeeded'
      : `no run of it has succeeded since ${new Date(lastSuccessAtMs).toISOString()}`;
  const limit =
    maxSilenceMs === undefined ? '' : `, and ${spanText(maxSilenceMs)} is the longest that it may be silent`;
  return `Schedule "${key}" is silent: ${since}${limit}.`;
}

function failureText(key: string, run: RunRecord | undefined): string {
  const error = run?.error === undefined ? '' : ` (${run.error.name}: ${run.error.message})`;
  return `Schedule "${key}" fails: its run ended as "${run?.outcome}"${error}.`;
}
