/**
 * Explains why an occurrence ran or did not, from what a store knows about it. Entries about the occurrence itself (a
 * run, a claim, a decision) say most. If there are none, the schedule's life at that instant may explain it, or the
 * calendar.
 */
import { anchored } from '../calendar/anchors.ts';
import { type Expression, parseExpression } from '../calendar/expression.ts';
import { nextOccurrence, previousOccurrence } from '../calendar/recurrence.ts';
import { RAN, type SkipOutcome } from '../run.ts';
import type { DeclaredTimes } from '../schedule-entries.ts';
import type { LifeEvent } from '../schedule-life.ts';
import { downTimeAt } from '../session.ts';
import { changeAbout, changeToTell, isPassedOver, isSuperseded, lifeUntil } from './clock-changes.ts';
import type { Explanation } from './explanation.ts';
import { explanationText } from './explanation-text.ts';
import type { OccurrenceFacts } from './occurrence-facts.ts';

/** The question: which schedule, which instant, and when it is asked. */
interface Instant {
  readonly key: string;
  readonly atMs: number;
  readonly nowMs: number;
}

type Finding = Omit<Explanation, 'key' | 'atMs' | 'text' | 'downTime' | 'position'>;

/** Explains one instant in the life of a schedule. Never throws: the verdict may be `unknown`. */
export function explain(facts: OccurrenceFacts, at: Instant): Explanation {
  const { key, atMs, nowMs } = at;
  const finding =
    recorded(facts, at) ??
    removed(facts, atMs) ??
    notDue(facts, at) ??
    passedOver(facts, atMs) ??
    inactive(facts, at) ??
    expected(facts, at);
  const position = finding.verdict === 'not-due' ? undefined : changeToTell(facts.life, { ...at, ...finding });
  const downTime = atMs > nowMs ? null : downTimeAt(facts.sessions, { atMs, nowMs });
  const explained = { key, atMs, ...finding, ...(position && { position }), ...(downTime && { downTime }) };
  return { ...explained, text: explanationText(explained) };
}

/** What the store has about the occurrence itself. */
function recorded(facts: OccurrenceFacts, { atMs, nowMs }: Instant): Finding | null {
  const { records, decision, around, life } = facts;
  const claim = facts.claims.find(({ draft }) => draft.scheduledAtMs === atMs);
  if (claim !== undefined) return { verdict: 'running', runs: records, claim };
  const [newest] = records;
  if (newest !== undefined) {
    const verdict = RAN.has(newest.outcome) ? 'ran' : (newest.outcome as SkipOutcome);
    return { verdict, runs: records, ...(facts.recovery && { recovery: facts.recovery }) };
  }
  if (decision === undefined || isSuperseded(decision, life, { atMs, nowMs })) return null;
  if (!isOccurrence(facts, { key: decision.key, atMs })) return null;
  const live = facts.claims.find(({ draft }) => draft.scheduledAtMs < atMs);
  const isOverlap = decision.outcome === 'overlap';
  return {
    verdict: decision.outcome,
    runs: [],
    decision,
    ...(isOverlap && around && { overlapped: around }),
    ...(isOverlap && !around && live && { claim: live }),
  };
}

/** What begins each condition of a schedule, and what ends it. */
const TURNS: Readonly<Record<'paused' | 'disabled' | 'faulted' | 'forgotten', readonly LifeEvent['kind'][]>> = {
  paused: ['paused', 'resumed', 'registered', 'forgotten'],
  disabled: ['disabled', 'enabled', 'registered', 'forgotten'],
  faulted: ['faulted', 'resumed', 'registered', 'changed', 'forgotten'],
  forgotten: ['forgotten', 'registered'],
};

/** The event since which the schedule was paused, disabled, faulted or forgotten at an instant; null if it was not. */
function eventSince(kind: keyof typeof TURNS, { life }: OccurrenceFacts, atMs: number): LifeEvent | null {
  const event = lifeUntil(life, atMs).find((each) => TURNS[kind].includes(each.kind));
  return event?.kind === kind ? event : null;
}

function removed(facts: OccurrenceFacts, atMs: number): Finding | null {
  const event = eventSince('forgotten', facts, atMs);
  return event === null ? null : { verdict: 'removed', runs: [], event };
}

function passedOver(facts: OccurrenceFacts, atMs: number): Finding | null {
  const change = declaredAt(facts, atMs) && changeAbout(facts.life, atMs);
  return change !== undefined && isPassedOver(change) ? { verdict: 'passed-over', runs: [] } : null;
}

function notDue(facts: OccurrenceFacts, { key, atMs }: Instant): Finding | null {
  const declared = declaredAt(facts, atMs);
  if (declared === undefined || isOccurrence(facts, { key, atMs })) return null;
  return { verdict: 'not-due', runs: [], ...neighbours(facts, declared, { key, atMs }) };
}

/** Whether the schedule could not run at that instant. */
function inactive(facts: OccurrenceFacts, { atMs, nowMs }: Instant): Finding | null {
  for (const kind of ['disabled', 'paused', 'faulted'] as const) {
    const event = eventSince(kind, facts, atMs);
    // If the instant is still to come, the schedule may be resumed before it.
    if (event !== null) return { verdict: atMs > nowMs ? 'not-yet-due' : kind, runs: [], event };
  }
  return null;
}

/** What can be said of an occurrence about which the store has nothing. */
function expected({ state, life }: OccurrenceFacts, { atMs, nowMs }: Instant): Finding {
  if (state === undefined && life.length === 0) return { verdict: 'unknown', runs: [] };
  if (atMs > nowMs) return { verdict: 'not-yet-due', runs: [] };
  const isAhead = state !== undefined && atMs > state.cursorMs;
  return { verdict: isAhead ? 'waiting' : 'unknown', runs: [] };
}

/** How the schedule was declared at an instant. Undefined before it was first registered. */
function declaredAt({ life, state }: OccurrenceFacts, atMs: number): DeclaredTimes | undefined {
  const event = lifeUntil(life, atMs).find(({ declared }) => declared !== undefined);
  if (event !== undefined) return event.declared;
  return state !== undefined && state.createdAtMs <= atMs ? state.declared : undefined;
}

/** Which occurrence of which schedule. */
type Place = Pick<Instant, 'key' | 'atMs'>;

function isOccurrence(facts: OccurrenceFacts, { key, atMs }: Place): boolean {
  const declared = declaredAt(facts, atMs);
  if (declared === undefined) return false;
  try {
    const expression = expressionOf(facts, declared, key);
    // When a scheduler started is not computed. What was decided about a start is about an occurrence.
    if (expression.kind === 'start') return facts.decision !== undefined;
    return nextOccurrence(expression, declared.timezone, atMs - 1) === atMs;
  } catch {
    // A later version may have stored an expression that this one cannot read.
    return false;
  }
}

const NEAR_MS = 400 * 86_400_000;

function neighbours(
  facts: OccurrenceFacts,
  declared: DeclaredTimes,
  { key, atMs }: Place,
): Pick<Explanation, 'previousAtMs' | 'nextAtMs'> {
  try {
    const expression = expressionOf(facts, declared, key);
    if (expression.kind === 'start') return {};
    const previousAtMs = previousOccurrence(expression, declared.timezone, { atMs, sinceMs: atMs - NEAR_MS });
    const nextAtMs = nextOccurrence(expression, declared.timezone, atMs);
    return { ...(previousAtMs !== undefined && { previousAtMs }), nextAtMs };
  } catch {
    return {};
  }
}

function expressionOf({ state, life }: OccurrenceFacts, { cron }: DeclaredTimes, key: string): Expression {
  const createdAtMs = state?.createdAtMs ?? life.findLast(({ kind }) => kind === 'registered')?.atMs ?? 0;
  return anchored(parseExpression(cron, { seed: key }), { createdAtMs, startMs: null });
}
