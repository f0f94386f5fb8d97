/** Listeners of the host that throw, block or do too much. What one of them does must not reach the others. */
import type { RunRecord, Scheduler } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import { moduleOf } from '../plugin-text.ts';
import type { Scenario } from '../scenario.ts';
import { doomedLocking } from './host-functions.ts';

/** What a listener throws may reach the host as an uncaught exception, as it does with every emitter of Node. */
function expectsUncaught(): void {
  process.on('uncaughtException', () => {});
  process.on('unhandledRejection', () => {});
}

/** The outcomes of all runs that a listener heard of, by run. */
function heardBy(scheduler: Scheduler): ReadonlyMap<string, RunRecord> {
  const heard = new Map<string, RunRecord>();
  scheduler.on('run', (run) => heard.set(run.runId, run));
  return heard;
}

function listens(name: string, listen: (scheduler: Scheduler) => void, changed: Partial<Scenario> = {}): Scenario {
  return {
    name,
    expect: {},
    drive: async (bench) => {
      expectsUncaught();
      listen(bench.scheduler);
      const fromMs = Date.now();
      const heard = heardBy(bench.scheduler);
      await bench.linger(1_500);
      const missing = (await bench.scheduler.history({ limit: 1_000 })).filter(
        ({ runId, finishedAtMs }) => finishedAtMs > fromMs + 50 && finishedAtMs < Date.now() - 300 && !heard.has(runId),
      );
      if (missing.length > 0) bench.problem(`another listener did not hear of ${missing.length} runs`);
    },
    ...changed,
  };
}

function throwsOnce(scheduler: Scheduler): void {
  scheduler.prependOnceListener('run', () => {
    throw new Error('in a listener');
  });
}

const DOOM = moduleOf(
  "export default { name: 'hostile', schedules: () => [{ id: 'doom', cron: '1d', enabled: false }], run() {} };",
);

/** After a restart the scheduler knows what its copy of the history says, also what came in a batch with a fault. */
async function restartAfterThrow(bench: HostBench): Promise<void> {
  expectsUncaught();
  const { scheduler } = bench;
  const heard = heardBy(scheduler);
  let isRestarted = false;
  scheduler.on('warning', ({ code }) => {
    isRestarted ||= code === 'supervisor-restarted';
  });
  if (!(await bench.install(DOOM))) return;
  for (let time = 0; time < 5; time += 1) {
    throwsOnce(scheduler);
    await bench.linger(150);
  }
  await scheduler.trigger('hostile/doom').catch(() => {});
  if (!(await bench.until(() => isRestarted, 5_000))) bench.problem('the supervisor was not restarted');
  await bench.linger(500);
  const records = new Map((await scheduler.history({ limit: 1_000 })).map((record) => [record.runId, record.outcome]));
  const wrong = [...heard.values()].filter(({ runId, outcome }) => records.get(runId) !== outcome);
  if (wrong.length > 0)
    bench.problem(`${wrong.length} runs are other than they were heard, as ${records.get(wrong[0]?.runId ?? '')}`);
}

export const LISTENERS: readonly Scenario[] = [
  listens('throws-once', throwsOnce),
  listens('throws-always', (scheduler) => {
    for (const event of ['run', 'run-start', 'decision', 'warning', 'progress'] as const) {
      scheduler.prependListener(event, () => {
        throw new Error('in a listener');
      });
    }
  }),
  listens('throws-nothing', (scheduler) => {
    scheduler.prependListener('run', () => {
      throw undefined;
    });
  }),
  listens('rejects', (scheduler) => {
    scheduler.prependListener('run', (async () => {
      throw new Error('in an asynchronous listener');
    }) as () => void);
  }),
  listens('removes-all-listeners-of-its-own-kind', (scheduler) => {
    const once = (): void => void scheduler.off('run', once);
    scheduler.prependListener('run', once);
  }),
  listens(
    'changes-the-record',
    (scheduler) => {
      scheduler.prependListener('run', (run) => {
        try {
          (run as { outcome: string }).outcome = 'lost';
        } catch {
          // A frozen record is as good.
        }
      });
    },
    // Whoever listens after it sees the change.
    { neighbourMayWait: true },
  ),
  listens(
    'blocks-for-a-second',
    (scheduler) => {
      scheduler.once('run', () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000));
    },
    { blocksHost: true },
  ),
  listens('asks-at-every-event', (scheduler) => {
    scheduler.on('run', () => void scheduler.history().then(() => scheduler.stats()));
  }),
  listens('triggers-the-same-schedule', (scheduler) => {
    scheduler.on('run', ({ key }) => void scheduler.trigger(key).catch(() => {}));
  }),
  {
    name: 'throws-before-a-restart',
    expect: { restarts: 1 },
    neighbourMayWait: true,
    options: ({ folder }) => ({ locking: doomedLocking(folder) as never }),
    drive: restartAfterThrow,
  },
  {
    name: 'stops-the-scheduler',
    expect: {},
    drive: async (bench) => {
      bench.scheduler.once('run', () => void bench.scheduler.stop({ drainMs: 200 }));
      await bench.linger(300);
    },
    lingerMs: 0,
  },
];
