import { createScheduler, ScheduleBusyError, type Scheduler, sqliteStore } from '../../src/index.ts';
import { RestartNotice } from './restart-notice.ts';
import { RunJournal } from './run-journal.ts';
import type { CpuHeavyServer } from './server.ts';
import type { WorkingFolder } from './working-folder.ts';

const MIB = 1_024 * 1_024;
const REPORT = 'access-report/totals';

/** The scheduler inside the server. */
export interface Background {
  readonly scheduler: Scheduler;
  readonly journal: RunJournal;
  /** What the scheduler found out about an earlier start, as lines to print. */
  readonly found: readonly string[];
}

/** Embeds Escapement. This is all that a server has to do. */
export async function startBackground(server: CpuHeavyServer, folder: WorkingFolder): Promise<Background> {
  const scheduler = await createScheduler({
    baseUrl: import.meta.url,
    plugins: [
      { module: './plugins/rotate-access-log.ts', options: { folder: folder.logs, keep: 5 } },
      { module: './plugins/access-report.ts', options: { logFolder: folder.logs, reportFolder: folder.reports } },
      { module: './plugins/sweep-cache.ts', options: { folder: folder.cache, maxAgeMs: 5_000, maxBytes: 8 * MIB } },
      './plugins/endless-loop.ts',
    ],
    pool: { maxThreads: 2 },
    store: sqliteStore({ path: folder.state }),
    logger: { destination: folder.schedulerLog },
    hostFunctions: { reopenAccessLog: () => server.accessLog.reopen() },
  });
  const journal = new RunJournal(scheduler);
  const notice = new RestartNotice(scheduler);
  await scheduler.start();
  const found = await notice.lines();
  return { scheduler, journal, found };
}

/** Asks for one more report, and waits for a run that began after this call. */
export async function finalReport({ scheduler }: Background): Promise<void> {
  const fromMs = Date.now();
  const reported = new Promise<void>((resolve) => {
    scheduler.on('run', ({ key, startedAtMs }) => {
      if (key === REPORT && startedAtMs >= fromMs) resolve();
    });
  });
  await scheduler.trigger(REPORT).catch((error: unknown) => {
    // The schedule is busy: it runs right now, and its next occurrence is due in a moment.
    if (!(error instanceof ScheduleBusyError)) throw error;
  });
  await reported;
}
