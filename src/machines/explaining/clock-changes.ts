/**
 * What changes of the clock, and of a schedule's position, mean for an instant in its life. The same instant may come
 * twice, and events that were written while the clock was ahead say that they lie in the future. The order in which
 * events were written is always right.
 */
import type { Decision, RunRecord } from '../run.ts';
import type { LifeEvent, PositionEvent } from '../schedule-life.ts';

/** An event in which the position was changed. */
export type PositionChanged = LifeEvent & { readonly position: PositionEvent };

/** The events that were over when the clock last showed an instant, newest first, like `life`. */
export function lifeUntil(life: readonly LifeEvent[], atMs: number): readonly LifeEvent[] {
  const back = life.findIndex((event) => isClockSetBack(event) && event.atMs <= atMs);
  const since = life.slice(0, Math.max(back, 0));
  const setBackAtMs = life[back]?.atMs;
  if (setBackAtMs === undefined) return life.filter((event) => event.atMs <= atMs);
  // The clock was set ahead again, over the instant, so it did not show it since.
  if (since.some((event) => isClockSetAhead(event) && covers(event, atMs)))
    return lifeUntil(life.slice(back + 1), atMs);
  const before = life.slice(back).map((event) => ({ ...event, atMs: Math.min(event.atMs, setBackAtMs) }));
  return [...since.filter((event) => event.atMs <= atMs), ...before];
}

/** The change of the position that decides about an instant. */
export function changeAbout(life: readonly LifeEvent[], atMs: number): PositionChanged | undefined {
  for (const [index, event] of life.entries()) {
    if (!isChange(event)) continue;
    if (covers(event, atMs)) return isReturn(event, life.slice(index + 1), atMs) ? undefined : event;
    // Everything after this was planned anew, whatever was said of it before.
    if (event.position.pass !== undefined && atMs > event.position.cursorMs) return undefined;
  }
  return undefined;
}

/** Whether the clock was set ahead to where it was before it was set back, and so shows the time of before again. */
function isReturn(event: LifeEvent, older: readonly LifeEvent[], atMs: number): boolean {
  return isClockSetAhead(event) && older.some((each) => isClockSetBack(each) && covers(each, atMs));
}

/** Whether a decision was made in an earlier pass, and does not hold any more for an occurrence. */
export function isSuperseded(decision: Decision, life: readonly LifeEvent[], { atMs, nowMs }: Asked): boolean {
  return life.some((event) => {
    if (!isChange(event) || !covers(event, atMs) || !isOfEarlierPass(decision, event)) return false;
    const { how, fromMs } = event.position;
    // Once the clock has come to where it was, what was decided then is what became of it.
    return how === 'placed' || (how === 'anew' && nowMs < fromMs);
  });
}

/** Which instant is asked about, and when. */
interface Asked {
  readonly atMs: number;
  readonly nowMs: number;
}

/** What the store has about an occurrence. */
interface Found extends Asked {
  readonly runs: readonly RunRecord[];
  readonly decision?: Decision | undefined;
}

/** The change without which what was found could not be understood. */
export function changeToTell(
  life: readonly LifeEvent[],
  { atMs, nowMs, runs: [run], decision }: Found,
): PositionChanged | undefined {
  const evidence = run ?? decision;
  /** It was written in an earlier pass, by a time to which the clock has not come again. */
  const isLeftBehind = (change: PositionChanged): boolean =>
    evidence !== undefined && isOfEarlierPass(evidence, change) && nowMs < change.position.fromMs;
  const about = changeAbout(life, atMs);
  if (about !== undefined && (about.position.how !== 'anew' || isLeftBehind(about))) return about;
  if (evidence === undefined) return isUnknownFor(life, atMs);
  const writtenAtMs = run?.startedAtMs ?? decision?.atMs ?? atMs;
  return life.find(
    (event): event is PositionChanged =>
      isChange(event) && isClockSetBack(event) && event.atMs < writtenAtMs && isLeftBehind(event),
  );
}

/** The change that made the schedule known at its time, if all that is older was written by a clock that was ahead. */
function isUnknownFor(life: readonly LifeEvent[], atMs: number): PositionChanged | undefined {
  const oldest = life.findLastIndex(isClockSetBack);
  const event = life[oldest];
  if (event === undefined || !isChange(event) || atMs > event.atMs) return undefined;
  return life.slice(oldest + 1).every((older) => older.atMs > event.atMs) ? event : undefined;
}

export function isPassedOver({ position: { how, fromMs, cursorMs } }: PositionChanged): boolean {
  return how === 'placed' && cursorMs > fromMs;
}

function isChange(event: LifeEvent): event is PositionChanged {
  return event.position !== undefined;
}

function isClockSetAhead({ position }: LifeEvent): boolean {
  return (position?.byMs ?? 0) > 0;
}

function isClockSetBack(event: LifeEvent): boolean {
  return event.position !== undefined && event.position.how !== 'placed' && !isClockSetAhead(event);
}

function isOfEarlierPass({ pass = 1 }: RunRecord | Decision, { position }: PositionChanged): boolean {
  return position.pass !== undefined && pass < position.pass;
}

/** Whether a change decided about an instant: it came again, was passed over, or was to come again and did not. */
function covers(event: LifeEvent, atMs: number): boolean {
  if (!isChange(event)) return false;
  const { how, fromMs, cursorMs, byMs = 0 } = event.position;
  if (how === 'placed') return atMs > Math.min(fromMs, cursorMs) && atMs <= Math.max(fromMs, cursorMs);
  return byMs > 0 ? atMs > event.atMs - byMs && atMs <= event.atMs : atMs > event.atMs && atMs <= fromMs;
}
