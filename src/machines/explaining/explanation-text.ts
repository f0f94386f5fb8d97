import type { Decision, DecisionReason, RunRecord } from '../run.ts';
import type { LifeEvent } from '../schedule-life.ts';
import type { DownTime } from '../session.ts';
import type { UnspokenExplanation } from './explanation.ts';
import { spanText } from './span-text.ts';

/** Puts an explanation into a sentence or two. Times are in UTC. */
export function explanationText(explanation: UnspokenExplanation): string {
  const { downTime, position } = explanation;
  const wasMoved = position === undefined ? '' : ` ${positionText(position)}`;
  const wasDown = downTime === undefined ? '' : ` ${downText(downTime)}`;
  return `${subjectOf(explanation)} ${answer(explanation)}${wasMoved}${wasDown}`;
}

function subjectOf({ key, atMs, verdict }: UnspokenExplanation): string {
  const subject = `"${key}"`;
  return verdict === 'not-due' || verdict === 'unknown' ? subject : `${subject}, due at ${instantText(atMs)},`;
}

function answer(explanation: UnspokenExplanation): string {
  const { verdict, runs, claim, decision, event } = explanation;
  const since = event === undefined ? '' : ` since ${instantText(event.atMs)}${noted(event.note)}`;
  switch (verdict) {
    case 'ran':
      return `${runs.map(runText).join(' Before that it ')}${recoveryText(explanation)}`;
    case 'running':
      return `is being worked on by run ${claim?.runId}, claimed at ${instantText(claim?.claimedAtMs ?? 0)}.`;
    case 'overlap':
      return overlapText(explanation);
    case 'contended':
      return `did not run on this node: another node took it${decision ? ` (${countText(decision)})` : ''}.`;
    case 'lock-error':
      return `did not run: the lock backend failed${decision?.error ? `: ${decision.error.message}` : ''}.`;
    case 'pool-full':
      return 'did not run: the queue of the pool was full.';
    case 'missed-skipped':
      return `was missed and did not run: ${missedText(decision?.reason)}${decision ? `; found at ${instantText(decision.atMs)} (${countText(decision)})` : ''}.`;
    case 'paused':
      return `did not run: the schedule had been paused${since}.`;
    case 'disabled':
      return `did not run: the schedule had been disabled${since}.`;
    case 'faulted':
      return `did not run: the schedule had been faulted${since}.`;
    case 'removed':
      return `did not run: the schedule was removed${event === undefined ? '' : ` at ${instantText(event.atMs)}`}.`;
    case 'waiting':
      return 'has not been looked at yet: it waits for its turn, or until a scheduler is running again.';
    case 'passed-over':
      return 'does not run: an operator moved the schedule past it.';
    case 'not-yet-due':
      return event === undefined
        ? 'is still to come.'
        : `is still to come; the schedule has been ${event.kind}${since}.`;
    case 'not-due':
      return `was not due at ${instantText(explanation.atMs)}; ${neighboursText(explanation)}.`;
    case 'unknown':
      return `is not known at ${instantText(explanation.atMs)}: ${unknownText(explanation)}.`;
  }
}

function overlapText({ decision, overlapped, claim }: UnspokenExplanation): string {
  if (decision?.reason === 'fell-behind') {
    return `did not run: its runs took longer than its period, and its backlog of missed ones kept growing (${countText(decision)}).`;
  }
  const span = decision === undefined ? '' : ` (${countText(decision)})`;
  if (overlapped === undefined) return `did not run: ${stillExecuting(claim?.runId)}${span}.`;
  const { runId, scheduledAtMs, finishedAtMs } = overlapped;
  return `did not run: run ${runId}, due at ${instantText(scheduledAtMs)}, was still executing until ${instantText(finishedAtMs)}${span}.`;
}

function runText(run: RunRecord): string {
  const { outcome, startedAtMs, finishedAtMs, lateness, runId, trigger, threadId, error, pass } = run;
  const why = error === undefined ? '' : ` (${error.name}: ${error.message.split('\n', 1)[0]})`;
  if (outcome === 'lost') return `was lost as run ${runId}: its process ended before the run did.`;
  if (threadId === undefined) return `ended as ${outcome} before run ${runId} began${why}.`;
  const how = `${trigger === 'catch-up' ? ' as a catch-up' : ''}${pass === undefined ? '' : ` in pass ${pass}`}`;
  const { tickMs, lockMs, queueMs, startMs, totalMs } = lateness;
  const parts = `tick ${ms(tickMs)} + lock ${ms(lockMs)} + queue ${ms(queueMs)} + start ${ms(startMs)}`;
  return `ran${how} as run ${runId}: started at ${instantText(startedAtMs)}, ${ms(totalMs)} ms late (${parts}), and ${outcome === 'succeeded' ? 'succeeded' : `ended as ${outcome}`} after ${ms(finishedAtMs - startedAtMs)} ms${why}.`;
}

/** Names the run of a later occurrence that made up for a lost run. */
function recoveryText({ recovery, atMs }: UnspokenExplanation): string {
  if (recovery === undefined || recovery.scheduledAtMs === atMs) return '';
  return ` Run ${recovery.runId}, due at ${instantText(recovery.scheduledAtMs)}, made up for it.`;
}

const MISSED: Readonly<Record<DecisionReason, string>> = {
  policy: 'its policy is skip',
  superseded: 'a later occurrence ran for it (run-once)',
  'max-catchup': 'maxCatchup dropped it',
  'max-late': 'it was older than maxLateMs allows',
  paused: 'it was still waiting when the schedule was paused',
  'fell-behind': 'the schedule fell behind',
};

function missedText(reason: DecisionReason | undefined): string {
  return reason === undefined ? 'nothing was running that could start it' : MISSED[reason];
}

function stillExecuting(runId: string | undefined): string {
  return runId === undefined ? 'its previous run was still executing' : `run ${runId} was still executing`;
}

function countText({ count, fromMs, untilMs }: Decision): string {
  return count === 1 ? 'the only one' : `one of ${count} from ${instantText(fromMs)} to ${instantText(untilMs)}`;
}

function neighboursText({ previousAtMs, nextAtMs }: UnspokenExplanation): string {
  const next =
    nextAtMs === undefined ? 'when it falls due cannot be computed' : `the next occurrence is ${instantText(nextAtMs)}`;
  return previousAtMs === undefined ? next : `the one before is ${instantText(previousAtMs)}, ${next}`;
}

function unknownText({ position }: UnspokenExplanation): string {
  if (position === undefined) return 'it did not exist then, or its history is no longer kept';
  return 'nothing is written about it, or not by the time that the clock shows now';
}

/** A change of the clock or of the position, in a sentence. */
function positionText({ atMs, position }: LifeEvent): string {
  if (position === undefined) return '';
  const { how, fromMs, cursorMs, byMs, pass } = position;
  const at = instantText(atMs);
  if (how === 'placed') {
    const again = pass === undefined ? '' : `, and what is due between them comes again, as pass ${pass}`;
    return `An operator moved the schedule from ${instantText(fromMs)} to ${instantText(cursorMs)} at ${at}${again}.`;
  }
  if (byMs !== undefined && byMs > 0) {
    return `The clock was set ahead by ${spanText(byMs)} at ${at}, or the machine slept: it did not show this time.`;
  }
  const change =
    byMs === undefined
      ? `At ${at} the clock was found ${spanText(fromMs - atMs)} behind the schedule`
      : `The clock was set back by ${spanText(-byMs)} at ${at}`;
  const becomes = {
    kept: `a fixed time does not repeat, and the schedule goes on after ${instantText(fromMs)}`,
    repeated: `what is due until ${instantText(fromMs)} comes again, as pass ${pass}`,
    anew: `the schedule was planned anew from then on, as pass ${pass}`,
  };
  return `${change}: ${becomes[how]}.`;
}

function downText({ fromMs, untilMs }: DownTime): string {
  if (fromMs === undefined) return `No scheduler was running before ${instantText(untilMs ?? 0)}.`;
  const until = untilMs === undefined ? '' : ` until ${instantText(untilMs)}`;
  return `No scheduler was running from ${instantText(fromMs)}${until}.`;
}

function noted(note: string | undefined): string {
  return note === undefined ? '' : ` (${note})`;
}

function ms(value: number): string {
  return value.toFixed(1);
}

function instantText(atMs: number): string {
  const text = new Date(atMs).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}
