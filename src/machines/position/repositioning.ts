/**
 * How the position of a schedule changes when the clock is set, or when an operator moves it. Everything else only moves
 * it on.
 */
import type { Repeat } from './repeat.ts';

/**
 * What became of a position. After a clock was set: `repeated` when what was due comes once more (a step of up to three
 * hours), `anew` when the step was longer and the new time is a new calendar, `kept` when the position stays. `placed`
 * when an operator moved it.
 */
export const POSITION_CHANGES = ['repeated', 'anew', 'kept', 'placed'] as const;
/** In which way an operator moves a schedule. */
export type PositionChange = (typeof POSITION_CHANGES)[number];

/** A change of a position. Instants are epoch milliseconds. */
export interface Repositioning {
  /** The key of the schedule. */
  readonly key: string;
  /** When, by the clock as it is now. */
  readonly atMs: number;
  /** In which way it is moved. */
  readonly how: PositionChange;
  /** How far planning had come. */
  readonly fromMs: number;
  /** Where it goes on: the occurrences after this are planned anew. */
  readonly cursorMs: number;
  /** By how much the clock was set; negative: back. Absent if nobody saw that, and for an operator. */
  readonly byMs?: number;
  /**
   * The pass that was under way. If another node has begun the next one already, the change is refused: a clock that
   * was set sets a schedule back once, not once for each node. Absent for an operator, whose word always counts.
   */
  readonly inPass?: number;
}

/** What of a schedule's state says where it stands. */
interface Standing {
  readonly cursorMs: number;
  readonly repeat?: Repeat;
}

/** Whether a change is about the schedule as it stands. */
export function isInPass({ repeat }: Standing, { inPass }: Repositioning): boolean {
  return inPass === undefined || inPass === (repeat?.pass ?? 1);
}

/** Whether a change sets the schedule back behind what was planned, and so begins a pass. */
export function isSetBack(state: Standing, { how, fromMs, cursorMs }: Repositioning): boolean {
  return how !== 'kept' && cursorMs < Math.max(state.cursorMs, fromMs);
}

/** What comes again after a change that sets a schedule back. */
export function repeatAfter(state: Standing, { how, fromMs }: Repositioning): Repeat {
  const before = state.repeat;
  const reachedMs = Math.max(state.cursorMs, fromMs);
  return {
    pass: (before?.pass ?? 1) + 1,
    untilMs: Math.max(reachedMs, before?.untilMs ?? reachedMs),
    ...(how === 'repeated' && { ranUntilMs: Math.max(reachedMs, before?.ranUntilMs ?? reachedMs) }),
    ...(how === 'placed' && ({ isWanted: true } as const)),
  };
}
