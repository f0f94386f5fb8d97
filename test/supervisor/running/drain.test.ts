import { expect, test } from 'vitest';
import type { RunReport } from '../../../src/supervisor/ports/run-pool.ts';
import { Drain } from '../../../src/supervisor/running/drain.ts';
import type { RunInProgress } from '../../../src/supervisor/running/run-in-progress.ts';
import type { ScheduleActors } from '../../../src/supervisor/schedules/actor.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const START = { atMonotonicMs: 1, wallMs: 1 } as unknown as RunReport['start'];
const ENDED = { finishedAtMonotonicMs: 2, droppedLogLines: 0, isQuarantined: false, isTerminated: false } as const;

type List = 'finished' | 'aborted' | 'killed';

test.each<[string, RunReport | null, List]>([
  ['was aborted in the queue', null, 'aborted'],
  ['was aborted on its way, and ended well before it heard of that', { ...ENDED, outcome: 'succeeded' }, 'finished'],
  ['was aborted on its way, and failed before it heard of that', { ...ENDED, outcome: 'failed' }, 'finished'],
  ['was aborted while its thread loaded it', { ...ENDED, outcome: 'aborted', isTerminated: true }, 'aborted'],
  ['began, and obeyed its signal', { ...ENDED, start: START, outcome: 'aborted' } as RunReport, 'aborted'],
  ['began, and did not', { ...ENDED, start: START, outcome: 'aborted', isTerminated: true } as RunReport, 'killed'],
  ['sits in a system call', { ...ENDED, outcome: 'aborted', isTerminated: true, isQuarantined: true }, 'killed'],
])('a run that %s is told so in the report of a stop', async (_, report, list) => {
  const definition = { key: 'p/s', budget: { graceMs: 1_000 } };
  const run = { runId: 'r', definition, isRecorded: false, startedAtWallMs: null, report } as unknown as RunInProgress;
  let aborted = 0;
  const actors = { send: () => (aborted += 1) } as unknown as ScheduleActors;
  const pool = { hasThread: () => false };
  const drain = new Drain({ clock: new VirtualClock(), actors, pool }, [run]);
  const stopping = drain.run(10_000);
  drain.ended(run);
  expect(await stopping).toEqual({ finished: [], aborted: [], killed: [], [list]: [{ runId: 'r', key: 'p/s' }] });
  expect(aborted).toBe(1);
});
