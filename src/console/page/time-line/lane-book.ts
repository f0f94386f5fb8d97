/** The lanes that can be seen, kept current: asked for in one question, and carried on by what happens. */
import { useEffect, useRef } from 'preact/hooks';
import { RAN, type RunRecord } from '../../../machines/run.ts';
import type { OperatorEvent } from '../../../supervisor/operator-protocol.ts';
import type { Lane, LaneRun } from '../../../supervisor/operator-reports.ts';
import { useAskingAgain } from '../server/answer.ts';
import { useEvents } from '../server/events.ts';
import { ask, questionPath } from '../server/request.ts';
import { serverNow } from '../server/server-clock.ts';
import { useStore } from '../state/store.ts';
import { MOST_MARKS } from './lane-painter.ts';
import { SPANS, seenBetween, span } from './span.ts';

const MOST_KEYS = 100;
const SETTLING_MS = 80;
const EVERY_MS = 10_000;

export type LaneBook = ReadonlyMap<string, Lane>;

/** The lanes of these schedules. The map stays the same and changes inside, so that no frame waits for a rendering. */
export function useLanes(keys: readonly string[]): LaneBook {
  const book = useRef(new Map<string, Lane>());
  const wanted = useRef(keys);
  wanted.current = keys;
  const spanName = useStore(span);
  const refresh = useRef(() => load(wanted.current, book.current));
  const names = keys.join('\n');
  useEffect(() => {
    const timer = setTimeout(refresh.current, SETTLING_MS);
    return () => clearTimeout(timer);
  }, [names, spanName]);
  useAskingAgain(refresh.current, EVERY_MS);
  useEvents(['run', 'run-start'], (event) => carryOn(book.current, event), refresh.current);
  return book.current;
}

function load(keys: readonly string[], book: Map<string, Lane>): void {
  if (keys.length === 0) return;
  const spanMs = SPANS[span.get()];
  const [since, until] = seenBetween(serverNow(), spanMs);
  // What comes into sight before the next question is asked for in advance.
  const [first, last] = [Math.floor(since - spanMs / 4), Math.ceil(until + spanMs / 4 + EVERY_MS * 2)];
  const query = { key: keys.slice(0, MOST_KEYS), since: first, until: last, limit: MOST_MARKS };
  ask<{ lanes: readonly Lane[] }>(questionPath('lanes', query)).then(
    ({ lanes }) => {
      for (const key of book.keys()) if (!keys.includes(key)) book.delete(key);
      for (const lane of lanes) book.set(lane.key, lane);
    },
    // The page says elsewhere that the console does not answer.
    () => {},
  );
}

function carryOn(book: Map<string, Lane>, event: OperatorEvent): void {
  if (event.type !== 'run' && event.type !== 'run-start') return;
  const lane = book.get(event.event.key);
  if (lane === undefined) return;
  book.set(lane.key, event.type === 'run' ? withRun(lane, event.event) : withStart(lane, event.event));
}

function withRun(lane: Lane, record: RunRecord): Lane {
  const { runId, scheduledAtMs, startedAtMs, finishedAtMs, outcome, lateness, threadId } = record;
  const live = lane.live?.runId === runId ? null : lane.live;
  if (!isRun(outcome) || lane.runs.some((run) => run.runId === runId)) return { ...lane, live };
  const times = { scheduledAtMs, startedAtMs, finishedAtMs, lateness };
  const run: LaneRun = { runId, ...times, outcome, ...(threadId !== undefined && { threadId }) };
  return { ...lane, runs: [...lane.runs, run].slice(-MOST_MARKS), live };
}

type Start = Extract<OperatorEvent, { type: 'run-start' }>['event'];

function withStart(lane: Lane, { runId, key, scheduledAtMs, startedAtMs, threadId }: Start): Lane {
  const [installation = '', scheduleId = ''] = key.split('/');
  const known = lane.live?.runId === runId ? lane.live : null;
  const live = known ?? {
    ...{ runId, key, plugin: installation, scheduleId, trigger: 'clock' as const, scheduledAtMs },
    ...{ dueAtMs: scheduledAtMs, progress: null },
  };
  return { ...lane, live: { ...live, phase: 'running', startedAtMs, threadId } };
}

function isRun(outcome: RunRecord['outcome']): outcome is LaneRun['outcome'] {
  return RAN.has(outcome);
}
