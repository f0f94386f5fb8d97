/**
 * Tells of schedules to those who do not look. It runs beside the supervisor and not on the host thread, so that a host
 * which is blocked keeps nobody from hearing.
 */
import type { NotifyConfig } from '../../host/notify/notify-options.ts';
import type { SchedulerWarning } from '../../index.ts';
import type { OperatorEvent, OperatorTopic } from '../../supervisor/operator-protocol.ts';
import type { SchedulerSource } from '../scheduler-source.ts';
import { CheckingIn } from './checking-in.ts';
import type { NotifyParts } from './notify-parts.ts';
import { Telling } from './telling.ts';

/** How long to wait before a scheduler that did not answer is asked again. */
const ASK_AGAIN_MS = 1_000;
/** What changes where runs check in. */
const CHANGES: ReadonlySet<string> = new Set(['install', 'reload', 'uninstall']);

export interface Notifying {
  /** Asks the scheduler anew for what is to be told: call it when the source has another supervisor than before. */
  refresh(): void;
  /** Takes nothing more, and resolves when what was under way has arrived, or the limit is over. */
  close(limitMs: number): Promise<void>;
}

/** Begins to tell what the scheduler has to say, as the host wants it. */
export function startNotifying(source: SchedulerSource, config: NotifyConfig, parts: NotifyParts): Notifying {
  return new Notifier(source, config, parts);
}

class Notifier implements Notifying {
  readonly #source: SchedulerSource;
  readonly #parts: NotifyParts;
  readonly #telling: Telling;
  readonly #checkingIn: CheckingIn;
  readonly #unlisten: (() => void)[];
  #unlistenRuns: (() => void) | null = null;
  #refreshing: Promise<void> | null = null;
  #isStale = false;
  #cancelPause: (() => void) | null = null;
  #isClosed = false;

  constructor(source: SchedulerSource, config: NotifyConfig, parts: NotifyParts) {
    [this.#source, this.#parts] = [source, parts];
    this.#telling = new Telling(source, config, parts, this.#warn);
    this.#checkingIn = new CheckingIn(parts, this.#warn);
    // It listens before it asks, so that nothing happens in between.
    this.#unlisten = [this.#listen(['notice', 'audit'])];
    this.refresh();
  }

  refresh(): void {
    this.#isStale = true;
    this.#refreshing ??= this.#refreshUntilFresh().finally(() => {
      this.#refreshing = null;
    });
  }

  async close(limitMs: number): Promise<void> {
    this.#isClosed = true;
    this.#cancelPause?.();
    for (const unlisten of this.#unlisten) unlisten();
    this.#unlistenRuns?.();
    await Promise.all([this.#telling.close(limitMs), this.#checkingIn.close(limitMs)]);
  }

  async #refreshUntilFresh(): Promise<void> {
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false;
      try {
        const [checkIns, notices] = await Promise.all([
          this.#source.ask('checkIns', null),
          this.#source.ask('notices', null),
        ]);
        if (this.#isClosed) return;
        this.#checkingIn.use(checkIns);
        this.#listenToRuns();
        for (const notice of notices) this.#telling.tellStanding(notice);
      } catch {
        // There is no supervisor, or it has not started yet.
        this.#isStale = true;
        await this.#pause();
      }
    }
  }

  /** A scheduler may have thousands of runs a second: they are heard only if one of them checks in. */
  #listenToRuns(): void {
    if (this.#checkingIn.isIdle) {
      this.#unlistenRuns?.();
      this.#unlistenRuns = null;
    } else this.#unlistenRuns ??= this.#listen(['run-start', 'run']);
  }

  #listen(topics: readonly OperatorTopic[]): () => void {
    return this.#source.listen(topics, (events) => {
      for (const event of events) this.#hear(event);
    });
  }

  #hear(event: OperatorEvent): void {
    if (this.#isClosed) return;
    switch (event.type) {
      case 'notice':
        this.#telling.tell(event.event);
        break;
      case 'run-start':
        this.#checkingIn.started(event.event);
        break;
      case 'run':
        this.#checkingIn.ended(event.event);
        break;
      case 'audit':
        if (CHANGES.has(event.event.action) && event.event.refusal === undefined) this.refresh();
        break;
      // A notice may be among what is missing.
      case 'dropped':
        this.refresh();
        break;
      default:
        break;
    }
  }

  async #pause(): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.sleep(ASK_AGAIN_MS, resolve);
      this.#cancelPause = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Without a supervisor nobody writes it down. It has stopped when this is closed. */
  readonly #warn = (warning: SchedulerWarning): void => {
    if (this.#isClosed) this.#parts.warned(warning);
    else this.#source.ask('warn', warning).catch(() => {});
  };
}
