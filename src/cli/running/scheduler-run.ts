import { createScheduler, type Scheduler, type SchedulerOptions, type StopReport } from '../../index.ts';
import type { CommandArguments } from '../command.ts';
import type { EndingWatch } from '../ending.ts';
import { consoleOf, consoleText, storeFileOf } from '../input/console-options.ts';
import { StartNotice } from '../output/start-notice.ts';
import type { Terminal } from '../output/terminal.ts';
import { HotReload } from '../watching/hot-reload.ts';
import { RunShow } from './run-show.ts';

const STANDARD_OUTPUT = 1;

/** How the schedulers of one `escapement run` are shown and watched. */
export interface RunTerms {
  readonly args: CommandArguments;
  readonly terminal: Terminal;
  /** `pretty`: for a person; `json`: the log as it is. */
  readonly style: 'pretty' | 'json';
  readonly ending: EndingWatch;
  /** Files whose changes are somebody else's to follow; null if the files of plugins are not watched at all. */
  readonly unwatched: readonly string[] | null;
}

/** A scheduler of a configuration file, with what shows it and what reloads its plugins. */
export class SchedulerRun {
  readonly #scheduler: Scheduler;
  readonly #show: RunShow | null;
  readonly #hotReload: HotReload | null;

  private constructor(scheduler: Scheduler, show: RunShow | null, hotReload: HotReload | null) {
    this.#scheduler = scheduler;
    this.#show = show;
    this.#hotReload = hotReload;
  }

  /** Starts a scheduler and says what it has found. Rejects as `createScheduler()` and `start()` do. */
  static async start(options: SchedulerOptions, terms: RunTerms): Promise<SchedulerRun> {
    const { args, terminal, style, ending, unwatched } = terms;
    const console = consoleOf(args, options);
    const shown = style === 'pretty' ? withoutOutput(options) : options;
    const scheduler = await createScheduler({ ...shown, ...(console !== undefined && { console }) });
    const notice = new StartNotice(scheduler);
    const show = style === 'pretty' ? showOf(scheduler, options, terminal) : null;
    const hotReload = unwatched === null ? null : new HotReload(scheduler, options, { terminal, unwatched });
    ending.watch(scheduler);
    hotReload?.watch();
    try {
      // A signal that arrives during the start is kept: the scheduler starts and is then stopped.
      await scheduler.start();
    } catch (error) {
      void hotReload?.close();
      show?.close();
      throw error;
    }
    const run = new SchedulerRun(scheduler, show, hotReload);
    await notice.print(storeFileOf(options), terminal);
    if (scheduler.console !== null) terminal.notice(`escapement: console at ${consoleText(scheduler.console)}`);
    hotReload?.start();
    show?.begin(await scheduler.schedules());
    return run;
  }

  async stop(drainMs: number): Promise<StopReport> {
    await this.#hotReload?.close();
    const report = await this.#scheduler.stop({ drainMs });
    this.#show?.end();
    return report;
  }

  /** Leaves a scheduler that has ended by itself. */
  close(): void {
    void this.#hotReload?.close();
    this.#show?.end();
  }
}

/** The log of the standard output would stand between the lines for a person. Elsewhere it is written as ever. */
function withoutOutput({ logger, ...others }: SchedulerOptions): SchedulerOptions {
  const isOutput = (logger?.destination ?? STANDARD_OUTPUT) === STANDARD_OUTPUT;
  return { ...others, logger: { ...logger, ...(isOutput && { level: 'silent' }) } };
}

function showOf(scheduler: Scheduler, { logger }: SchedulerOptions, terminal: Terminal): RunShow {
  // A terminal may be made wider or narrower at any time.
  return new RunShow(scheduler, { terminal, level: logger?.level ?? 'info', columns: () => terminal.width });
}
