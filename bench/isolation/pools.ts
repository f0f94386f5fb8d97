import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { RunListener, RunPool, RunReport } from '../../src/supervisor/ports/run-pool.ts';
import { processPool } from '../../src/supervisor/running/pool/processes/process-pool.ts';
import { threadPool } from '../../src/supervisor/running/pool/threads/thread-pool.ts';
import type { Isolation, PluginSource } from '../../src/workers/protocol.ts';
import { DIST } from '../compiled.ts';

const PLUGIN = new URL('plugins/empty.mjs', import.meta.url).href;
const nothing = (): void => {};

/** A pool without a worker yet. */
export function newPool(isolation: Isolation, maxThreads: number): RunPool {
  const clock = new SystemClock();
  const limits = { maxQueue: 100_000, maxMessageBytes: 1_048_576, memoryLimitMb: Number.POSITIVE_INFINITY };
  const options = { minThreads: 0, maxThreads, ...limits, hostFunctions: [], clock };
  const entry = (name: string): URL => new URL(`workers/${name}`, DIST);
  if (isolation === 'thread') return threadPool({ ...options, runEntry: entry('thread-entry.cjs') });
  const owner = { schedulerId: 'bench', threadId: 0 };
  return processPool({ ...options, owner, processEntry: entry('process-entry.js') });
}

let runCount = 0;

const EMPTY: PluginSource = { id: 'empty', module: PLUGIN, resolveFrom: PLUGIN, options: null };

/** One run of an empty plugin, or of another one, to its report. */
export async function emptyRun(pool: RunPool, source = EMPTY): Promise<RunReport> {
  runCount += 1;
  const runId = `run-${runCount}`;
  const report = await new Promise<RunReport>((reported) => {
    const listener: RunListener = {
      started: nothing,
      logged: nothing,
      progressed: nothing,
      released: nothing,
      rejected: nothing,
      reported,
      hostCall: () => Promise.reject(new Error('there is no host')),
    };
    pool.dispatch(
      {
        runId,
        key: 'empty/only',
        source,
        data: { scheduleId: 'only', scheduledAtMs: 0, runCount: 1, isCatchup: false, runId, config: null },
        budget: { wallMs: 60_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: 512, graceMs: 1_000, fuel: 1e11 },
        priority: 1_000,
        isCatchup: false,
      },
      listener,
    );
  });
  if (report.outcome !== 'succeeded') throw new Error(`a run ended as ${report.outcome}: ${report.error?.message}`);
  return report;
}
