import type { ScheduledRunContext } from '../plugin.ts';

/** A number in [0, 1); the same seed gives the same sequence. */
export type Random = () => number;

/** How long a run takes in virtual milliseconds: a number, or a function that decides for each run. */
export type RunDuration = number | ((ctx: ScheduledRunContext, random: Random) => number);

/** A small generator (mulberry32), good enough to vary durations. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How long a run takes, in virtual milliseconds. Never negative. */
export function durationOf(duration: RunDuration, ctx: ScheduledRunContext, random: Random): number {
  return Math.max(typeof duration === 'number' ? duration : duration(ctx, random), 0);
}
