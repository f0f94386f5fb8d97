import type { LifeSchedule } from '../clock-lives/life-schedules.ts';
import type { Phase } from './play.ts';

/** Left out at both ends of a phase, because what happens there may go either way. */
const EDGE_MS = 6_000;

/** What is to be explained: occurrences in the middle and at the end of every phase, by the clock of that phase. */
export function instantsToExplain(
  schedules: readonly LifeSchedule[],
  phases: readonly Phase[],
): (readonly [key: string, atMs: number])[] {
  return phases.flatMap(({ fromMs, untilMs, skewMs }) => {
    const wall = [fromMs + EDGE_MS + skewMs, untilMs - EDGE_MS + skewMs] as const;
    return schedules.flatMap((schedule) =>
      [(wall[0] + wall[1]) / 2, wall[1]].map((atMs) => [schedule.key, occurrenceBefore(schedule, atMs)] as const),
    );
  });
}

export function occurrenceBefore({ periodMs, phaseMs }: LifeSchedule, atMs: number): number {
  return Math.floor((atMs - phaseMs) / periodMs) * periodMs + phaseMs;
}
