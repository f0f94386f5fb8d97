import type { Bench } from 'tinybench';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { RunListener, RunPool, RunReport, RunRequest } from '../../src/supervisor/ports/run-pool.ts';
import { threadPool } from '../../src/supervisor/running/pool/threads/thread-pool.ts';
import { commonJsEntryUrl } from '../../src/wire/thread-entry-url.ts';

const PLUGIN = new URL('../empty-plugin.ts', import.meta.url).href;
const NO_HOST = (): Promise<never> => Promise.reject(new Error('there is no host'));

/** An empty run through the pool and back: message, context, `run()`, report. Close the pool afterwards. */
export async function addDispatch(bench: Bench): Promise<RunPool> {
  const clock = new SystemClock();
  const runEntry = commonJsEntryUrl('workers/thread-entry');
  const pool = threadPool({
    minThreads: 1,
    maxThreads: 1,
    maxQueue: 10,
    maxMessageBytes: 1_048_576,
    memoryLimitMb: Number.POSITIVE_INFINITY,
    hostFunctions: [],
    clock,
    runEntry,
  });
  let turn = 0;
  bench.add('dispatch: an empty run through the pool and back', async () => {
    turn += 1;
    const { outcome, error } = await dispatched(pool, `run-${turn}`);
    if (outcome !== 'succeeded') throw new Error(`the run ended as ${outcome}: ${error?.message}`);
  });
  return pool;
}

function dispatched(pool: RunPool, runId: string): Promise<RunReport> {
  return new Promise((resolve) => {
    const nothing = (): void => {};
    const listener: RunListener = {
      started: nothing,
      logged: nothing,
      progressed: nothing,
      released: nothing,
      rejected: nothing,
      reported: resolve,
      hostCall: NO_HOST,
    };
    pool.dispatch(requestOf(runId), listener);
  });
}

function requestOf(runId: string): RunRequest {
  return {
    runId,
    key: 'empty/schedule-0',
    source: { id: 'empty', module: PLUGIN, resolveFrom: PLUGIN, options: { schedules: 1, cron: '1h' } },
    data: { scheduleId: 'schedule-0', scheduledAtMs: 0, runCount: 1, isCatchup: false, runId, config: null },
    budget: { wallMs: 60_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 1_000, fuel: 1e11 },
    priority: 1_000,
    isCatchup: false,
  };
}
