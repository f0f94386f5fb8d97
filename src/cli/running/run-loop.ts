import { createScheduler, EscapementError, type SchedulerOptions, type StopReport } from '../../index.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { reloadConfig } from '../input/config-file.ts';
import { dryOptions } from '../input/dry-options.ts';
import { UsageError } from '../input/usage-error.ts';
import { shownPath } from '../output/module-path.ts';
import { ConfigWatch } from '../watching/config-watch.ts';
import { type RunTerms, SchedulerRun } from './scheduler-run.ts';

export interface LoopTerms extends Omit<RunTerms, 'unwatched'> {
  /** The path of the configuration file. */
  readonly file: string;
  readonly isWatching: boolean;
  readonly drainMs: number;
}

/** The scheduler of a configuration file, and with `--watch` another one in its place whenever the file changes. */
export class RunLoop {
  readonly #terms: LoopTerms;
  readonly #watch: ConfigWatch | null;
  #options: SchedulerOptions;
  #run: SchedulerRun | null = null;
  #report: StopReport = { finished: [], aborted: [], killed: [] };
  #work: Promise<void> = Promise.resolve();
  /** Resolves when the configuration has changed once more. */
  #outdated = Promise.withResolvers<null>();

  constructor(options: SchedulerOptions, terms: LoopTerms) {
    this.#options = options;
    this.#terms = terms;
    this.#watch = terms.isWatching
      ? new ConfigWatch(terms.file, {
          changed: (files) => {
            this.#outdated.resolve(null);
            const outdated = Promise.withResolvers<null>();
            this.#outdated = outdated;
            this.#work = this.#work.then(() => this.#follow(files, outdated.promise));
          },
          lost: (folder, reason) => this.#say('yellow', 'warning', `: cannot watch ${folder}: ${reason}; trying again`),
          found: (folder) => terms.terminal.notice(`escapement: watching ${folder} again`),
        })
      : null;
  }

  /** Rejects as `createScheduler()` and `start()` do. */
  async start(): Promise<void> {
    this.#run = await this.#started(this.#options);
  }

  /** Resolves when nothing runs any more, also if another scheduler was about to take the place of this one. */
  async stop(): Promise<StopReport> {
    this.#watch?.close();
    await this.#work;
    await this.#stopRun();
    return this.#report;
  }

  /** Leaves a scheduler that has ended by itself. */
  close(): void {
    this.#watch?.close();
    this.#run?.close();
  }

  #started(options: SchedulerOptions): Promise<SchedulerRun> {
    return SchedulerRun.start(options, { ...this.#terms, unwatched: this.#watch?.files ?? null });
  }

  async #stopRun(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    if (run !== null) this.#report = await run.stop(this.#terms.drainMs);
  }

  /** Never rejects. A configuration may wait for ever in its `await`, but not for longer than somebody waits for it. */
  async #follow(files: readonly string[], outdated: Promise<null>): Promise<void> {
    if (this.#terms.ending.isDecided) return;
    this.#terms.terminal.notice(`escapement: changed ${files.map(shownPath).join(', ')}`);
    try {
      const ended = this.#terms.ending.decided.then(() => null);
      const options = await Promise.race([reloadConfig(this.#terms.file), outdated, ended]);
      if (options === null) return;
      await mustBeAccepted(options);
      if (!this.#terms.ending.isDecided) await this.#replace(options);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** What only shows when the first scheduler has gone, such as a port in use, brings that one back. */
  async #replace(options: SchedulerOptions): Promise<void> {
    const { ending, terminal } = this.#terms;
    terminal.notice('escapement: restarting');
    await this.#stopRun();
    if (ending.isDecided) return;
    try {
      this.#run = await this.#started(options);
      this.#options = options;
    } catch (error) {
      this.#refuse(error);
      this.#run = await this.#started(this.#options).catch((reason: unknown) => {
        ending.fail(reason instanceof Error ? reason : new Error(reasonOf(reason)));
        return null;
      });
    }
  }

  #refuse(error: unknown): void {
    this.#say('yellow', 'refused', ` ${shownPath(this.#terms.file)}: the old one goes on`);
    const isOurs = error instanceof EscapementError || error instanceof UsageError;
    const text = isOurs ? error.message : reasonOf(error);
    for (const line of text.split('\n')) this.#terms.terminal.notice(`  ${line}`);
  }

  #say(style: 'yellow', label: string, text: string): void {
    const { terminal } = this.#terms;
    terminal.notice(`escapement: ${terminal.paintNotice(style, label)}${text}`);
  }
}

/** Rejects if a scheduler with these options would not start, as far as that can be known without one. */
async function mustBeAccepted(options: SchedulerOptions): Promise<void> {
  // The options themselves are checked here, and their plugins by a scheduler that lets nothing fall due.
  await createScheduler(options);
  const scheduler = await createScheduler(dryOptions(options));
  try {
    await scheduler.start();
  } finally {
    await scheduler.stop({ drainMs: 0 });
  }
}
