/**
 * What operators ask, answered by the handle of a scheduler in its own process. What the handle does not know (the life
 * of a schedule, the log of a live run) is empty here.
 */
import { UnknownScheduleError } from '../errors.ts';
import type { OperatorEvent, OperatorRequests, OperatorTopic } from '../supervisor/operator-protocol.ts';
import type { AuditEntry, Overview, ScheduleQuery } from '../supervisor/operator-reports.ts';
import type { ScheduleStatus } from '../supervisor/scheduler-reports.ts';
import type { AnswerOf, ParamsOf } from '../wire/questions.ts';
import { nextOccurrences } from './next-occurrences.ts';
import type { Scheduler } from './scheduler.ts';

/** Stands in for the time that the supervisor says. */
const clock: { now(): number } = Date;

interface Source {
  ask<M extends keyof OperatorRequests>(
    method: M,
    params: ParamsOf<OperatorRequests, M>,
  ): Promise<AnswerOf<OperatorRequests, M>>;
  listen(topics: readonly OperatorTopic[], heard: (events: readonly OperatorEvent[]) => void): () => void;
}

type Answers = {
  [M in keyof OperatorRequests]: (params: ParamsOf<OperatorRequests, M>) => Promise<AnswerOf<OperatorRequests, M>>;
};

export function sourceOf(scheduler: Scheduler): Source {
  const audit: AuditEntry[] = [];
  scheduler.setMaxListeners(0);
  const answers = answersOf(scheduler, audit, clock.now());
  return {
    ask: async (method, params) => answers[method](params),
    listen: (topics, heard) => {
      const stops = topics.map((type) => listenTo(scheduler, type, heard));
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

function listenTo(
  scheduler: Scheduler,
  type: OperatorTopic,
  heard: (events: readonly OperatorEvent[]) => void,
): () => void {
  if (type === 'log' || type === 'audit') return () => {};
  const listener = (event: unknown): void => heard([{ type, event } as OperatorEvent]);
  scheduler.on(type, listener);
  return () => scheduler.off(type, listener);
}

function answersOf(scheduler: Scheduler, audit: AuditEntry[], startedAtMs: number): Answers {
  const statusOf = async (key: string): Promise<ScheduleStatus> => {
    const found = (await scheduler.schedules()).find((status) => status.key === key);
    if (found === undefined) throw new UnknownScheduleError(key, '');
    return found;
  };
  const upcoming = async (key: string, count: number): Promise<readonly number[]> => {
    const { cron, timezone } = await statusOf(key);
    return nextOccurrences(cron, { timezone, from: clock.now(), count });
  };
  return {
    overview: async () => overviewOf(scheduler, startedAtMs),
    page: async (query) => pageOf(await scheduler.schedules(), query),
    schedule: async ({ key }) => {
      const schedule = await statusOf(key);
      const { plugins } = await scheduler.manifest();
      const declared = plugins.flatMap(({ schedules }) => schedules).find((one) => one.key === key);
      if (declared === undefined) throw new UnknownScheduleError(key, '');
      return { schedule, declared, upcoming: await upcoming(key, 10), live: null };
    },
    lanes: async ({ keys, sinceMs, untilMs, limit = 50 }) =>
      Promise.all(
        keys.map(async (key) => {
          const runs = await scheduler.history({ key, since: sinceMs, until: untilMs, limit });
          const marks = runs.map(({ runId, scheduledAtMs, startedAtMs: at, finishedAtMs, outcome, lateness }) => ({
            runId,
            scheduledAtMs,
            startedAtMs: at,
            finishedAtMs,
            outcome: outcome as 'succeeded',
            lateness,
          }));
          return { key, runs: marks.toReversed(), live: null, upcoming: await upcoming(key, limit) };
        }),
      ),
    upcoming: async ({ key, count }) => upcoming(key, count),
    life: async ({ key }) => {
      await statusOf(key);
      return [];
    },
    live: async () => [],
    liveRun: async () => null,
    history: (query) => scheduler.history(query),
    explain: ({ key, atMs }) => scheduler.explain(key, atMs),
    stats: () => scheduler.stats(),
    manifest: () => scheduler.manifest(),
    audit: async ({ key, limit = 100 }) =>
      audit.filter((entry) => key === undefined || entry.key === key).slice(0, limit),
    ...actionsOf(scheduler, audit),
  } as Answers;
}

function actionsOf(scheduler: Scheduler, audit: AuditEntry[]): Partial<Answers> {
  const done = (entry: Omit<AuditEntry, 'atMs' | 'nodeId'>): null => {
    audit.unshift({ atMs: clock.now(), nodeId: 'this', ...entry });
    return null;
  };
  return {
    trigger: async ({ key, by }) => {
      const runId = await scheduler.trigger(key);
      done({ by, action: 'trigger', key, runId });
      return { runId };
    },
    pause: async ({ key, by, note }) => {
      await scheduler.pause(key, note === undefined ? {} : { note });
      return done({ by, action: 'pause', key, ...(note !== undefined && { note }) });
    },
    resume: async ({ key, by }) => {
      await scheduler.resume(key);
      return done({ by, action: 'resume', key });
    },
    setPosition: async ({ key, by, atMs }) => {
      await scheduler.setPosition(key, atMs);
      return done({ by, action: 'set-position', key });
    },
    abort: async ({ runId }) => {
      throw new UnknownScheduleError(runId, '');
    },
    reload: async ({ name, by }) => {
      const keys = await scheduler.reload(name);
      const { added, removed, changed, unchanged } = keys;
      done({ by, action: 'reload', plugin: name });
      return { keys: [...keys], report: { added, removed, changed, unchanged } };
    },
  } as Partial<Answers>;
}

async function overviewOf(scheduler: Scheduler, startedAtMs: number): Promise<Overview> {
  const [stats, schedules] = await Promise.all([scheduler.stats(), scheduler.schedules()]);
  const states: Partial<Record<ScheduleStatus['state'], number>> = {};
  for (const { state } of schedules) states[state] = (states[state] ?? 0) + 1;
  const problems = schedules
    .filter(({ failuresInRow }) => failuresInRow > 0)
    .map(({ key }) => ({ kind: 'failing' as const, key, text: `The last run of ${key} failed.` }));
  return {
    nodeId: stats.nodeId,
    version: '0.0.0',
    nowMs: clock.now(),
    startedAtMs,
    timezone: 'UTC',
    isDraining: stats.isDraining,
    scheduleCount: schedules.length,
    states,
    nextDueAtMs: stats.queue.nextDueAtMs,
    liveRunCount: stats.pool.running,
    problems,
  };
}

function pageOf(all: readonly ScheduleStatus[], query: ScheduleQuery) {
  const { search = '', states, plugin, tenantId, onlyProblems = false, offset = 0, limit = 100 } = query;
  const found = all.filter(
    (status) =>
      `${status.key} ${status.description ?? ''}`.toLowerCase().includes(search.toLowerCase()) &&
      (states === undefined || states.includes(status.state)) &&
      (plugin === undefined || status.plugin === plugin) &&
      (tenantId === undefined || status.tenantId === tenantId) &&
      (!onlyProblems || status.failuresInRow > 0 || status.state === 'faulted'),
  );
  return { total: found.length, offset, schedules: found.slice(offset, offset + limit) };
}
