/**
 * A scheduler's handle as a `SchedulerSource`, as well as the handle can be one: what only the supervisor knows is put
 * together from what it tells.
 */
import type { SchedulerSource } from '../../../src/console/scheduler-source.ts';
import { UnknownScheduleError } from '../../../src/errors.ts';
import type { Scheduler } from '../../../src/host/scheduler.ts';
import { nextOccurrences } from '../../../src/index.ts';
import type { LogLine } from '../../../src/machines/run.ts';
import type { OperatorEvent, OperatorRequests } from '../../../src/supervisor/operator-protocol.ts';
import type { AuditEntry, LiveRunDetail, Overview, ScheduleQuery } from '../../../src/supervisor/operator-reports.ts';
import type { ScheduleStatus } from '../../../src/supervisor/scheduler-reports.ts';

type Answers = {
  readonly [M in keyof OperatorRequests]: (params: Parameters<OperatorRequests[M]>[0]) => Promise<unknown>;
};

export interface StandIn {
  readonly source: SchedulerSource;
  /** Host functions that `clockwork` calls: they make up for what a handle does not tell. */
  readonly hostFunctions: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Connects it to the scheduler that has these host functions. */
  readonly attach: (scheduler: Scheduler) => void;
}

const BUDGET = { wallMs: 300_000, cpuMs: 60_000, heapMb: 512, graceMs: 1_000, fuel: 100_000_000_000 };

export function standInSource(): StandIn {
  const heard = new Set<(events: readonly OperatorEvent[]) => void>();
  const live = new Map<string, LiveRunDetail>();
  const said = new Map<string, readonly LogLine[]>();
  const audit: AuditEntry[] = [];
  const aborts = new Map<string, (reason: Error) => void>();
  const startedAtMs = Date.now();
  let attached: Scheduler | null = null;
  const scheduler = (): Scheduler => attached!;
  const tell = (event: OperatorEvent): void => {
    for (const listener of heard) listener([event]);
  };
  const note = (entry: Omit<AuditEntry, 'atMs' | 'nodeId'>): void => {
    audit.unshift({ ...entry, atMs: Date.now(), nodeId: 'this-node' });
    tell({ type: 'audit', event: audit[0]! });
  };
  const statusOf = async (key: string): Promise<ScheduleStatus> => {
    const found = (await scheduler().schedules()).find((status) => status.key === key);
    if (found === undefined) throw new UnknownScheduleError(key, '');
    return found;
  };
  const upcomingOf = ({ cron, timezone, nextOccurrenceAtMs }: ScheduleStatus, count: number): readonly number[] =>
    nextOccurrenceAtMs === null
      ? []
      : nextOccurrences(cron, { timezone, from: nextOccurrenceAtMs - 1, count }).map(Number);
  const liveOf = (key: string): LiveRunDetail | null => [...live.values()].find((run) => run.key === key) ?? null;

  const answers: Answers = {
    metrics: () => Promise.reject(new Error('The stand-in does not know.')),
    notices: () => Promise.reject(new Error('The stand-in does not know.')),
    told: () => Promise.reject(new Error('The stand-in does not know.')),
    checkIns: () => Promise.reject(new Error('The stand-in does not know.')),
    callHost: () => Promise.reject(new Error('The stand-in does not know.')),
    warn: () => Promise.reject(new Error('The stand-in does not know.')),
    overview: async () => overviewOf(await scheduler().schedules(), { liveCount: live.size, startedAtMs }),
    page: async (query) => pageOf(await scheduler().schedules(), query),
    schedule: async ({ key }) => {
      const schedule = await statusOf(key);
      const { plugins } = await scheduler().manifest();
      const declared = plugins.flatMap(({ schedules }) => schedules).find((one) => one.key === key);
      return { schedule, declared, upcoming: upcomingOf(schedule, 10), live: liveOf(key) };
    },
    lanes: async ({ keys, sinceMs, untilMs, limit = 50 }) =>
      Promise.all(
        keys.map(async (key) => ({
          key,
          runs: (await scheduler().history({ key, since: sinceMs, limit })).toReversed(),
          live: liveOf(key),
          upcoming: upcomingOf(await statusOf(key), limit).filter((atMs) => atMs <= untilMs),
        })),
      ),
    upcoming: async ({ key, count }) => upcomingOf(await statusOf(key), count),
    life: async ({ key }) => [{ key, atMs: (await statusOf(key)).createdAtMs, kind: 'registered' }],
    live: async () => [...live.values()],
    liveRun: async ({ runId }) => {
      const run = live.get(runId);
      return run === undefined ? null : { ...run, log: said.get(runId) ?? [] };
    },
    history: (query) => scheduler().history(query),
    explain: ({ key, atMs }) => scheduler().explain(key, atMs),
    stats: () => scheduler().stats(),
    manifest: () => scheduler().manifest(),
    audit: async ({ key, limit = 100 }) => audit.filter((one) => key === undefined || one.key === key).slice(0, limit),
    trigger: async ({ key, by }) => {
      const runId = await scheduler().trigger(key);
      note({ action: 'trigger', key, by, runId });
      return { runId };
    },
    pause: async ({ key, by, note: why }) => {
      await scheduler().pause(key, why === undefined ? {} : { note: why });
      note({ action: 'pause', key, by, ...(why !== undefined && { note: why }) });
      return null;
    },
    resume: async ({ key, by }) => {
      await scheduler().resume(key);
      note({ action: 'resume', key, by });
      return null;
    },
    setPosition: async ({ key, by, atMs }) => {
      await scheduler().setPosition(key, atMs);
      note({ action: 'set-position', key, by });
      return null;
    },
    abort: async ({ runId, by }) => {
      aborts.get(runId)?.(new Error('An operator has aborted it.'));
      note({ action: 'abort', runId, by });
      return null;
    },
    reload: async ({ name, by }) => {
      const { added, removed, changed, unchanged, ...keys } = await scheduler().reload(name);
      note({ action: 'reload', plugin: name, by });
      return { keys: Object.values(keys), report: { added, removed, changed, unchanged } };
    },
  };
  return {
    source: {
      ask: (method, params) => answers[method](params as never) as never,
      listen: (topics, listener) => {
        const chosen = (events: readonly OperatorEvent[]): void =>
          listener(events.filter(({ type }) => topics.includes(type)));
        heard.add(chosen);
        return () => heard.delete(chosen);
      },
    },
    hostFunctions: {
      untilAborted: (runId: string) => new Promise((_resolve, reject) => aborts.set(runId, reject)),
      said: (runId: string, message: string) => {
        const line = { atMs: Date.now(), level: 'info' as const, message };
        said.set(runId, [...(said.get(runId) ?? []), line]);
        tell({ type: 'log', event: { runId, key: live.get(runId)?.key ?? '', line } });
      },
    },
    attach: (started) => {
      attached = started;
      follow(started, live, tell);
    },
  };
}

function follow(scheduler: Scheduler, live: Map<string, LiveRunDetail>, tell: (event: OperatorEvent) => void): void {
  scheduler.on('run-start', (event) => {
    const [plugin = '', scheduleId = ''] = event.key.split('/');
    const rest = {
      trigger: 'clock',
      phase: 'running',
      progress: null,
      budget: BUDGET,
      log: [],
      droppedLogLines: 0,
    } as const;
    live.set(event.runId, { ...event, plugin, scheduleId, dueAtMs: event.scheduledAtMs, ...rest });
    tell({ type: 'run-start', event });
  });
  scheduler.on('progress', (event) => {
    const run = live.get(event.runId);
    if (run !== undefined) live.set(event.runId, { ...run, progress: event });
    tell({ type: 'progress', event });
  });
  scheduler.on('run', (event) => {
    live.delete(event.runId);
    tell({ type: 'run', event });
  });
}

function overviewOf(
  schedules: readonly ScheduleStatus[],
  { liveCount, startedAtMs }: { readonly liveCount: number; readonly startedAtMs: number },
): Overview {
  const next = schedules.flatMap(({ nextOccurrenceAtMs: at }) => (at === null ? [] : [at]));
  return {
    nodeId: 'this-node',
    version: '0.1.0',
    nowMs: Date.now(),
    startedAtMs,
    timezone: 'UTC',
    isDraining: false,
    scheduleCount: schedules.length,
    states: Object.fromEntries(
      Object.entries(Object.groupBy(schedules, ({ state }) => state)).map(([state, of]) => [state, of.length]),
    ),
    nextDueAtMs: next.length === 0 ? null : next.reduce((least, at) => Math.min(least, at)),
    liveRunCount: liveCount,
    problems: schedules.filter(isProblem).map(({ key, failuresInRow, lastFailure }) => ({
      kind: 'failing',
      key,
      text: `Failed ${failuresInRow} times in a row: ${lastFailure?.error?.message ?? lastFailure?.outcome}`,
      ...(lastFailure && { sinceMs: lastFailure.finishedAtMs }),
    })),
  };
}

function isProblem({ state, failuresInRow }: ScheduleStatus): boolean {
  return failuresInRow > 0 || state === 'faulted' || state === 'quarantined';
}

const ORDERS: Readonly<Record<string, (status: ScheduleStatus) => number>> = {
  problem: (status) => (isProblem(status) ? 0 : 1),
  next: ({ nextOccurrenceAtMs }) => nextOccurrenceAtMs ?? Number.POSITIVE_INFINITY,
  last: ({ lastRun }) => -(lastRun?.finishedAtMs ?? 0),
};

function pageOf(schedules: readonly ScheduleStatus[], query: ScheduleQuery) {
  const { search = '', states, plugin, tenantId, onlyProblems, sort = 'key', offset = 0, limit = 100 } = query;
  const found = schedules
    .filter(({ key, description = '' }) => `${key} ${description}`.toLowerCase().includes(search.toLowerCase()))
    .filter((status) => states === undefined || states.includes(status.state))
    .filter((status) => plugin === undefined || status.plugin === plugin)
    .filter((status) => tenantId === undefined || status.tenantId === tenantId)
    .filter((status) => !onlyProblems || isProblem(status))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  const order = ORDERS[sort];
  if (order !== undefined) found.sort((one, other) => order(one) - order(other));
  return { total: found.length, offset, schedules: found.slice(offset, offset + limit) };
}
