/** Holds `run-all` to its promise: every occurrence starts, unless it fell due while a run executed. */
import type { ScheduleStory } from './audit.ts';

/** The first few of a long list are enough to look for the cause. */
const SHOWN = 5;

/** One line for the occurrences that have no start in the journal, and did not meet a run that executed. */
export function neverStarted(occurrences: readonly number[], story: ScheduleStory): string[] {
  const { state, records, lines } = story;
  const started = new Set(lines.filter(({ event }) => event === 'start').map(({ scheduledAtMs }) => scheduledAtMs));
  const isMet = (atMs: number): boolean =>
    records.some((run) => run.outcome !== 'lost' && run.startedAtMs <= atMs && run.finishedAtMs >= atMs);
  // What the last stop kept from beginning is made up for by the next process.
  const isOwed = (atMs: number): boolean => state.owed?.scheduledAtMs === atMs;
  const silent = occurrences.filter((atMs) => !started.has(atMs) && !isMet(atMs) && !isOwed(atMs));
  if (silent.length === 0) return [];
  const shown = silent.slice(0, SHOWN).map((atMs) => `${atMs} (${outcomeAt(atMs, story)})`);
  return [`${silent.length} occurrences never started: ${shown.join(', ')}`];
}

function outcomeAt(atMs: number, { records, decisions }: ScheduleStory): string {
  const decision = decisions.find(({ fromMs, untilMs }) => fromMs <= atMs && untilMs >= atMs);
  if (decision !== undefined) return `${decision.outcome} ${decision.reason ?? ''}`.trim();
  return records.find(({ scheduledAtMs }) => scheduledAtMs === atMs)?.outcome ?? 'unknown';
}
