import { RAN, type RunOutcome, type RunRecord } from '../../machines/run.ts';
import type { Lane, LaneQuery, LaneRun } from '../operator-reports.ts';
import { Slicer } from '../ports/slicer.ts';
import { liveRunOfSchedule } from './live-reports.ts';
import type { OperatedNode } from './operated-node.ts';
import type { Upcoming } from './upcoming.ts';

/** What schedules did and will do in a span of time. A schedule that is gone has its past all the same. */
export async function lanesOf(node: OperatedNode, upcoming: Upcoming, query: LaneQuery): Promise<readonly Lane[]> {
  const { clock, engine, past } = node;
  const { keys, sinceMs, untilMs, limit = 50 } = query;
  const slicer = new Slicer(clock);
  const lanes: Lane[] = [];
  for (const key of keys) {
    const schedule = engine.schedules.find(key);
    const records = await past.history({ key, since: sinceMs, until: untilMs, limit });
    const span = { fromMs: Math.max(clock.nowMs(), sinceMs), untilMs, count: limit };
    lanes.push({
      key,
      runs: records.flatMap((record) => laneRunOf(record) ?? []).reverse(),
      live: liveRunOfSchedule(engine, key),
      upcoming: schedule === undefined ? [] : await upcoming.within(schedule, span),
    });
    await slicer.pause();
  }
  return lanes;
}

function laneRunOf(record: RunRecord): LaneRun | null {
  const { runId, scheduledAtMs, startedAtMs, finishedAtMs, outcome, lateness, threadId } = record;
  if (!isRun(outcome)) return null;
  const times = { scheduledAtMs, startedAtMs, finishedAtMs, lateness };
  return { runId, ...times, outcome, ...(threadId !== undefined && { threadId }) };
}

function isRun(outcome: RunRecord['outcome']): outcome is RunOutcome {
  return RAN.has(outcome);
}
