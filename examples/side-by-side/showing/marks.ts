import { type Fate, PATIENCE_MS, SECOND_MS, type StartJournal } from '../measuring/start-journal.ts';
import type { Job } from '../server/jobs.ts';
import type { Piece } from './pieces.ts';

/** Every mark has a character of its own, so that it can be told without colours too. */
const GRADES = [
  { belowMs: 10, mark: { text: '·', style: 'green' }, meaning: '<10 ms' },
  { belowMs: 100, mark: { text: 'o', style: 'yellow' }, meaning: '<0.1 s' },
  { belowMs: 1_000, mark: { text: 'O', style: 'red' }, meaning: '<1 s' },
  { belowMs: Number.POSITIVE_INFINITY, mark: { text: '#', style: 'red' }, meaning: 'more' },
] as const;
const NOT_STARTED: Piece = { text: 'x', style: 'inverse' };
const CAUGHT_UP: Piece = { text: 'c', style: 'cyan' };
const NOTHING: Piece = { text: ' ' };

/** What the marks mean. */
export const LEGEND: readonly Piece[] = [
  { text: 'Late by  ' },
  ...GRADES.flatMap(({ mark, meaning }) => [mark, { text: ` ${meaning}  ` }]),
  NOT_STARTED,
  { text: ' not started  ' },
  CAUGHT_UP,
  { text: ' caught up' },
];

/** A mark for each second of the last ones, the present one at the right. */
export function timeLine(
  journal: StartJournal,
  job: Job,
  span: { fromMs: number; nowMs: number; seconds: number },
): Piece[] {
  const { fromMs, nowMs, seconds } = span;
  const lastMs = Math.floor(nowMs / SECOND_MS) * SECOND_MS;
  return Array.from({ length: seconds }, (_, index) => {
    const atMs = lastMs - (seconds - 1 - index) * SECOND_MS;
    const fate = atMs < fromMs ? null : journal.fateOf(job, atMs);
    return fate === null ? NOTHING : markOf(fate, nowMs - atMs);
  });
}

function markOf({ lateMs, isCaughtUp }: Fate, ageMs: number): Piece {
  if (isCaughtUp) return CAUGHT_UP;
  if (lateMs === Number.POSITIVE_INFINITY) return ageMs < PATIENCE_MS ? NOTHING : NOT_STARTED;
  return GRADES.find(({ belowMs }) => lateMs < belowMs)?.mark ?? NOTHING;
}
