import { MAX_PROBLEMS } from '../../machines/operating/schedule-lists.ts';
import { FAILURES } from '../../machines/run.ts';
import { silenceText } from '../../machines/watching/notices.ts';
import { lastSuccessMs } from '../../machines/watching/silence.ts';
import type { Overview, Problem } from '../operator-reports.ts';
import { Slicer } from '../ports/slicer.ts';
import type { SchedulerStats, ScheduleStateName } from '../scheduler-reports.ts';
import type { LiveSchedule } from '../schedules/live-schedule.ts';
import type { Failing, OperatedNode, OperatedSchedules } from './operated-node.ts';

/** What can be wrong with one schedule. */
export type Trouble = 'quarantined' | 'faulted' | 'silent' | 'failing';

/** The worst thing that is wrong with a schedule in this state; null if nothing is. */
function troubleIn(state: ScheduleStateName, schedule: LiveSchedule): Trouble | null {
  if (state === 'quarantined' || state === 'faulted') return state;
  const { lastRun, silentSinceMs } = schedule.state;
  if (silentSinceMs !== undefined) return 'silent';
  return lastRun !== undefined && FAILURES.has(lastRun.outcome) ? 'failing' : null;
}

/**
 * Finds what is wrong with schedules, where nobody needs their states otherwise. Which are quarantined is looked up once
 * for all: they are few, and to ask for the state of each of a hundred thousand takes longer than all the rest.
 */
export function troubleFinder(
  schedules: Pick<OperatedSchedules, 'quarantined' | 'stateOf'>,
): (schedule: LiveSchedule) => Trouble | null {
  const quarantined = schedules.quarantined();
  return (schedule) => {
    if (quarantined.has(schedule)) return 'quarantined';
    return troubleIn(schedule.rest === 'faulted' ? schedules.stateOf(schedule) : 'idle', schedule);
  };
}

/** How many schedules are in each state, and what is wrong with the worst of them. */
export interface Survey {
  readonly count: number;
  readonly states: Overview['states'];
  readonly troubles: Readonly<Record<Trouble, readonly LiveSchedule[]>>;
}

/** Looks at every schedule, in slices. */
export async function survey({ clock, engine }: Pick<OperatedNode, 'clock' | 'engine'>): Promise<Survey> {
  const { schedules } = engine;
  const slicer = new Slicer(clock);
  const states: Partial<Record<ScheduleStateName, number>> = {};
  const troubles: Record<Trouble, LiveSchedule[]> = { quarantined: [], faulted: [], silent: [], failing: [] };
  let count = 0;
  for (const schedule of schedules.all()) {
    const state = schedules.stateOf(schedule);
    count += 1;
    states[state] = (states[state] ?? 0) + 1;
    const trouble = troubleIn(state, schedule);
    if (trouble !== null && troubles[trouble].length < MAX_PROBLEMS) troubles[trouble].push(schedule);
    if (slicer.step()) await slicer.pause();
  }
  return { count, states, troubles };
}

/** What is wrong now, the worst first. */
export function problemsOf(node: OperatedNode, { troubles }: Survey, stats: SchedulerStats): Problem[] {
  const { quarantined, faulted, silent, failing } = troubles;
  const all: Problem[] = [
    ...failure('store', `The store "${stats.store.name}" fails`, node.recorder.storeFailure),
    ...failure('locks', `The lock backend "${stats.locks.name}" fails`, node.locker.failing),
    ...quarantined.map((schedule) => ofSchedule('quarantined', schedule)),
    ...faulted.map((schedule) => ofSchedule('faulted', schedule)),
    ...stats.plugins.refused.map(({ module, error }): Problem => {
      return { kind: 'plugin-refused', text: `Plugin module "${module}" was refused: ${error.message}` };
    }),
    ...stats.cluster.nodes.flatMap(({ nodeId, state, runs }): Problem[] => {
      if (state !== 'gone') return [];
      return [{ kind: 'node-gone', text: `Node "${nodeId}" is gone, and left ${runs?.length ?? 0} runs behind.` }];
    }),
    ...silent.map((schedule) => ofSchedule('silent', schedule)),
    ...failing.map((schedule) => ofSchedule('failing', schedule)),
  ];
  return all.slice(0, MAX_PROBLEMS);
}

function failure(kind: 'store' | 'locks', what: string, failing: Failing | null): Problem[] {
  return failing === null ? [] : [{ kind, text: `${what}: ${failing.reason}.`, sinceMs: failing.sinceMs }];
}

function ofSchedule(kind: Trouble, { definition, faultReason, state, rest }: LiveSchedule): Problem {
  const { key } = definition;
  if (kind === 'quarantined') {
    return { kind, key, text: `The last run of "${key}" cannot be ended: its thread does not exit.` };
  }
  if (kind === 'faulted') return { kind, key, text: `Schedule "${key}" is faulted: ${faultReason ?? 'no reason'}` };
  const { lastRun, failuresInRow, silentSinceMs } = state;
  if (kind === 'silent') {
    const text = silenceText(key, lastSuccessMs(state), definition.declared.watch?.maxSilenceMs);
    return { kind, key, text, ...(silentSinceMs !== undefined && { sinceMs: silentSinceMs }) };
  }
  const times = failuresInRow > 1 ? `${failuresInRow} times in a row` : 'the last time it ran';
  const pause = rest === 'paused' ? ', and is paused' : '';
  return {
    kind,
    key,
    text: `Schedule "${key}" has failed ${times}${pause}: ${lastRun?.error?.message ?? lastRun?.outcome}`,
    ...(lastRun && { sinceMs: lastRun.finishedAtMs }),
  };
}
