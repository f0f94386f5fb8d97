import { type Decision, type RunRecord, SKIP_OUTCOMES } from '../run.ts';
import type { Claim } from '../schedule-entries.ts';
import type { LifeEvent } from '../schedule-life.ts';
import type { DownTime } from '../session.ts';

/** What may become of an occurrence, in a word. */
export const VERDICTS = [
  'ran',
  'running',
  ...SKIP_OUTCOMES,
  'paused',
  'disabled',
  'faulted',
  'removed',
  /** Due, but not looked at yet: it waits for its turn, or until a scheduler is running again. */
  'waiting',
  /** An operator moved the schedule past it. */
  'passed-over',
  'not-due',
  'not-yet-due',
  'unknown',
] as const;

/** What became of an occurrence, in a word. */
export type Verdict = (typeof VERDICTS)[number];

/** Why an occurrence ran or did not. Instants are epoch milliseconds. */
export interface Explanation {
  /** The key of the schedule. */
  readonly key: string;
  /** The instant that is explained, in epoch milliseconds. */
  readonly atMs: number;
  /** What became of the instant. */
  readonly verdict: Verdict;
  /** The answer in a sentence or two, with times in UTC. */
  readonly text: string;
  /** The runs of this occurrence, newest first: more than one when a run was lost. */
  readonly runs: readonly RunRecord[];
  /** The run that made up for the lost one. */
  readonly recovery?: RunRecord;
  /** The run that is under way for this occurrence, or the one that an overlap met. */
  readonly claim?: Claim;
  /** For an overlap: the run that it met. */
  readonly overlapped?: RunRecord;
  /** The decision about it, which may speak of other occurrences too. */
  readonly decision?: Decision;
  /** The change in the schedule's life that explains it. */
  readonly event?: LifeEvent;
  /** The change of the clock, or of the schedule's position, that has to be known to understand it. */
  readonly position?: LifeEvent;
  /** Set when no scheduler was running at that instant. */
  readonly downTime?: DownTime;
  /** The occurrences before and after the instant, unless it is an occurrence itself. */
  readonly previousAtMs?: number;
  /** The occurrence that follows, in epoch milliseconds. */
  readonly nextAtMs?: number;
}

/** An explanation that is still to be put into words. */
export type UnspokenExplanation = Omit<Explanation, 'text'>;
