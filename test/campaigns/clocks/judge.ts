/** Says whether a story went as the documents say. */
import type { Explanation } from '../../../src/index.ts';
import { type AuditLimits, auditClockLife } from '../clock-lives/clock-audit.ts';
import type { LifeSchedule } from '../clock-lives/life-schedules.ts';
import { occurrenceBefore } from './instants.ts';
import { DAILY_AFTER_MS, type PlayedStory } from './play.ts';

/** Real processes: a busy machine delays everything. What a start takes is measured. */
const LIMITS: Omit<AuditLimits, 'bootMs'> = { settledMs: 6_000, noticedMs: 2_500, startsMs: 50 };
/** How long after its start a process may be busy with it. */
const AFTER_BOOT_MS = 1_000;
/** In a cluster no run starts earlier than its occurrence by more than clocks may differ, or later than this. */
const EARLY_MS = 50;
const LATE_MS = 5_000;

const RETENTION_MS = 30 * 86_400_000;

/** Every problem, as a sentence; none if all is as documented. */
export function judge(played: PlayedStory): string[] {
  const isSlow = played.bootMs > DAILY_AFTER_MS - AFTER_BOOT_MS;
  return [
    ...(isSlow ? [`a process took ${Math.round(played.bootMs)} ms to start, too long for the daily schedule`] : []),
    ...(played.backend === 'sqlite' ? ofOneNode(played) : ofCluster(played)),
    ...wrongExplanations(played),
  ];
}

function ofOneNode({ schedules, happenings, phases, endMs, statuses, bootMs }: PlayedStory): string[] {
  const startSkewMs = phases[0]?.skewMs ?? 0;
  const limits = { ...LIMITS, bootMs: bootMs + AFTER_BOOT_MS };
  return [...auditClockLife({ schedules, happenings, startSkewMs, endMs, statuses, reached: {} }, limits).problems];
}

/** The clock of one machine changes nothing: everything goes by the clock of the backend, which is right. */
function ofCluster({ schedules, starts, decisions, phases, endMs }: PlayedStory): string[] {
  const fromMs = (phases[0]?.fromMs ?? 0) + LIMITS.settledMs;
  const untilMs = endMs - LIMITS.settledMs;
  const problems = schedules.flatMap((schedule) => {
    const own = starts.filter(({ key }) => key === schedule.key);
    return occurrences(schedule, fromMs, untilMs).flatMap((atMs) => {
      const count = own.filter(({ scheduledAtMs }) => scheduledAtMs === atMs).length;
      const isOverlap = decisions.some(
        (each) =>
          each.key === schedule.key && each.outcome === 'overlap' && each.fromMs <= atMs && atMs <= each.untilMs,
      );
      return count === 1 || (count === 0 && isOverlap) ? [] : [`${schedule.key}@${iso(atMs)} started ${count} times`];
    });
  });
  for (const { key, scheduledAtMs, atMs } of starts) {
    const lateMs = Math.round(atMs - scheduledAtMs);
    if (lateMs < -EARLY_MS || lateMs > LATE_MS) problems.push(`${key}@${iso(scheduledAtMs)} started ${lateMs} ms late`);
  }
  for (const [index, { fromMs: since, untilMs: until }] of phases.entries()) {
    const shared = starts.filter(({ atMs }) => since <= atMs && atMs < until);
    if (!shared.some(({ isByWrongClock }) => isByWrongClock))
      problems.push(`phase ${index + 1}: nothing started in the process whose clock is wrong`);
    if (shared.every(({ isByWrongClock }) => isByWrongClock))
      problems.push(`phase ${index + 1}: everything started in the process whose clock is wrong`);
  }
  return problems;
}

function occurrences(schedule: LifeSchedule, fromMs: number, untilMs: number): number[] {
  const first = occurrenceBefore(schedule, fromMs) + schedule.periodMs;
  const count = Math.max(0, Math.floor((untilMs - first) / schedule.periodMs) + 1);
  return Array.from({ length: count }, (_, index) => first + index * schedule.periodMs);
}

export function wrongExplanations(played: PlayedStory): string[] {
  return played.explanations.flatMap((explanation) => {
    const wrong = wrongIn(explanation, played);
    return wrong === null ? [] : [`explain ${explanation.key}@${iso(explanation.atMs)}: ${wrong}: ${explanation.text}`];
  });
}

/** What is wrong with an explanation, by what really happened; null if nothing is. */
function wrongIn({ key, atMs, verdict, downTime }: Explanation, played: PlayedStory): string | null {
  const hasStarted = played.starts.some((start) => start.key === key && start.scheduledAtMs === atMs);
  // Nodes that share only locks know only what they did themselves.
  // History is kept for so long by the wall clock, and one that is years ahead has seen that pass.
  if (verdict === 'unknown' && atMs < latestWallMs(played) - RETENTION_MS) return null;
  if (hasStarted && played.backend !== 'redis' && verdict !== 'ran') return `it ran, not ${verdict}`;
  if (!hasStarted && verdict === 'ran') return 'it did not run';
  const hasSeen = played.phases.some((phase) => {
    const skewMs = played.backend === 'sqlite' ? phase.skewMs : 0;
    return phase.fromMs + skewMs <= atMs && atMs <= phase.untilMs + skewMs;
  });
  if (!hasSeen) return null;
  if (verdict === 'unknown') return 'the schedule existed then';
  return downTime === undefined ? null : 'a scheduler was running then';
}

function latestWallMs({ phases, backend }: PlayedStory): number {
  return Math.max(...phases.map(({ untilMs, skewMs }) => untilMs + (backend === 'sqlite' ? skewMs : 0)));
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
