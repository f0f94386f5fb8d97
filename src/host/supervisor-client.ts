/**
 * The host thread's end of the supervisor thread: starts it, asks it, passes on what it reports, and starts it again
 * when it dies. A new thread continues from the replica of the ledger that is kept here, because the ledger of a memory
 * store dies with its thread.
 */
import type { MessagePort } from 'node:worker_threads';
import { NotRunningError, SupervisorDiedError } from '../errors.ts';
import type { LedgerOptions } from '../machines/ledger/ledger.ts';
import type {
  FromSupervisor,
  SupervisorEvent,
  SupervisorMethod,
  SupervisorRequests,
  ToSupervisor,
} from '../supervisor/protocol.ts';
import type { NotEnded, RefusedPlugin, SchedulerWarning, StopReport } from '../supervisor/scheduler-reports.ts';
import type { SupervisorConfig, Takeover } from '../supervisor/supervisor-config.ts';
import { errorRecord } from '../wire/error-record.ts';
import { CountedNotice } from '../wire/failures/counted-notice.ts';
import { droppedText, THREAD_STUCK } from '../wire/fault-notice.ts';
import { type AnswerOf, type ParamsOf, Questions } from '../wire/questions.ts';
import { HOST_CLOCK } from './hearing/host-clock.ts';
import { receive } from './hearing/inbox.ts';
import { answerHostCall, type HostFunction } from './host-functions.ts';
import { Replica } from './replica.ts';
import { RestartIntensity } from './restarting/restart-intensity.ts';
import { StopLimit, settledWithin } from './stop-limit.ts';
import { SupervisorThread } from './supervisor-thread.ts';

export interface SupervisorClientListener {
  heard(event: Exclude<SupervisorEvent, { type: 'ledger' | 'plugins' | 'begun' | 'stopping' }>): void;
  /** The supervisor died and was started again. */
  restarted(cause: Error): void;
  /** The supervisor died, and it is started again when it has exited, which it does not do. */
  stuck(cause: Error): void;
  /** The supervisor died and is not started again. */
  gaveUp(cause: Error): void;
}

/** How long the end of a thread is waited for where nobody has said how long a stop may take. */
const TERMINATE_LIMIT_MS = 2_000;
/** What is left at least for a thread to exit, after it has used up all the time of a stop. */
const LEAST_EXIT_MS = 150;

export class SupervisorClient {
  readonly #config: SupervisorConfig;
  readonly #hostFunctions: ReadonlyMap<string, HostFunction>;
  readonly #listener: SupervisorClientListener;
  readonly #questions = new Questions();
  readonly #restarts = new RestartIntensity();
  readonly #replica: Replica;
  readonly #dropped: CountedNotice<unknown>;
  /** Those who look at the scheduler beside its host. */
  readonly #operators = new Map<(port: MessagePort) => void, () => void>();
  #thread: SupervisorThread | null = null;
  #starting: Promise<AnswerOf<SupervisorRequests, 'start'>> | null = null;
  #isStarted = false;
  #isClosed = false;
  #refusedAtStart: readonly RefusedPlugin[] = [];
  /** By the present thread, if it has followed another one. What was lost before is tried by each. */
  #lost: readonly RefusedPlugin[] = [];
  #stopLimit: StopLimit | null = null;

  constructor(
    config: SupervisorConfig,
    hostFunctions: ReadonlyMap<string, HostFunction>,
    listener: SupervisorClientListener,
  ) {
    this.#config = config;
    // With another store the replica stays empty, so the option of a memory store is the only one that matters.
    const { maxRecords } = config.store.options as Pick<LedgerOptions, 'maxRecords'>;
    this.#replica = new Replica(config.plugins, { maxRecords });
    this.#hostFunctions = hostFunctions;
    this.#listener = listener;
    this.#dropped = new CountedNotice<unknown>((thrown, count) => {
      const error = errorRecord(thrown);
      const message = droppedText('the supervisor thread', error, count);
      listener.heard({ type: 'warning', event: { code: 'message-dropped', message, error } });
    }, HOST_CLOCK);
  }

  /** Whether the scheduler in the thread has ever started. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The plugins that were refused at the start, or when the thread was replaced. */
  get refused(): readonly RefusedPlugin[] {
    return [...this.#refusedAtStart, ...this.#lost];
  }

  /** Starts the thread and the scheduler in it. When that fails, the thread has been ended before this rejects. */
  start(): Promise<AnswerOf<SupervisorRequests, 'start'>> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Rejects with the supervisor's own error, or with a `SupervisorDiedError`. */
  request<M extends SupervisorMethod>(
    method: M,
    params: ParamsOf<SupervisorRequests, M>,
  ): Promise<AnswerOf<SupervisorRequests, M>> {
    const thread = this.#thread;
    if (thread === null) return Promise.reject(new NotRunningError(method, 'stopped'));
    // A thread that has to replace this one drains from its start.
    if (method === 'drain') this.#replica.isDraining = true;
    return this.#questions.ask((id) => thread.post({ kind: 'request', id, method, params } as ToSupervisor));
  }

  /**
   * Calls back with a port to each supervisor thread, the present one first. Returns how to end that.
   * @param closed Is called when there is none any more, and will be none.
   */
  attach(connect: (port: MessagePort) => void, closed: () => void = () => {}): () => void {
    if (this.#isClosed) closed();
    else this.#operators.set(connect, closed);
    if (this.#thread !== null) connect(this.#thread.newOperatorPort());
    return () => this.#operators.delete(connect);
  }

  /**
   * Stops the scheduler and ends the thread. Resolves within `drainMs`, the longest grace of the live runs, and two
   * seconds, whatever the thread does. A start that is under way may take `drainMs`.
   * @param beside Ends what goes with the scheduler, in the time that the thread has to exit.
   */
  async stop(drainMs: number, beside: (limitMs: number) => Promise<unknown>): Promise<StopReport> {
    const limit = new StopLimit(drainMs, this.#config.budget.graceMs);
    this.#stopLimit = limit;
    await settledWithin(this.#starting?.catch(() => {}) ?? Promise.resolve(), drainMs);
    const stopped = this.request('stop', { drainMs: limit.drainLeftMs }).catch(() => null);
    const report = await Promise.race([stopped, limit.passed]);
    limit.cancel();
    const killed = this.#replica.liveRuns();
    const leftMs = Math.max(limit.leftMs, LEAST_EXIT_MS);
    const [hasExited] = await Promise.all([this.close(leftMs), beside(leftMs)]);
    return reportOf(report ?? { finished: [], aborted: [], killed }, hasExited);
  }

  /**
   * Ends the thread, whatever it does. Requests that still wait for an answer reject with a `SupervisorDiedError`.
   * Resolves to false if the thread has not exited within the limit.
   */
  async close(limitMs = TERMINATE_LIMIT_MS): Promise<boolean> {
    const thread = this.#thread;
    this.#thread = null;
    this.#isClosed = true;
    this.#dropped.flush();
    this.#questions.refuseAll(new SupervisorDiedError('the scheduler was stopped'));
    for (const closed of this.#operators.values()) closed();
    this.#operators.clear();
    return thread === null || thread.terminate(Math.min(limitMs, TERMINATE_LIMIT_MS));
  }

  async #start(): Promise<AnswerOf<SupervisorRequests, 'start'>> {
    try {
      const thread = this.#spawn(null);
      const answer = await this.request('start', null);
      this.#refusedAtStart = answer.refused;
      this.#isStarted = true;
      // The first start is not watched: whoever awaits it can see that it hangs.
      thread.watchHeartbeat();
      return answer;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #spawn(takeover: Takeover | null): SupervisorThread {
    const thread = new SupervisorThread(this.#config, takeover, {
      received: (message) => this.#receive(message, thread),
      exited: (cause) => this.#exited(thread, cause),
      stuck: (cause) => this.#listener.stuck(cause),
    });
    this.#thread = thread;
    for (const connect of this.#operators.keys()) connect(thread.newOperatorPort());
    return thread;
  }

  #receive(message: FromSupervisor, from: SupervisorThread): void {
    // What a thread still says after its end belongs to questions and runs that nobody asks about any more.
    if (this.#thread !== from) return;
    receive(message, {
      questions: this.#questions,
      replica: this.#replica,
      heard: (event) => this.#hear(event),
      // The answer goes to the thread that asked: a thread that has followed it may use the same id for another call.
      called: (call) => void answerHostCall(call, this.#hostFunctions, (answer) => from.post(answer)),
      dropped: (error) => this.#dropped.add(error),
    });
  }

  #hear(event: SupervisorEvent): void {
    if (event.type === 'stopping') this.#stopLimit?.allowGrace(event.event.graceMs);
    else if (event.type !== 'ledger' && event.type !== 'plugins' && event.type !== 'begun') this.#listener.heard(event);
  }

  #exited(thread: SupervisorThread, cause: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    const died = new SupervisorDiedError(cause.message, { cause });
    this.#questions.refuseAll(died);
    if (!this.#isStarted || this.#stopLimit !== null) return;
    if (this.#restarts.allowsRestart(performance.now())) this.#restart(died);
    else this.#giveUp(died);
  }

  #restart(cause: Error): void {
    this.#restarted().then(
      () => this.#listener.restarted(cause),
      (error: Error) => {
        // If the new thread has died as well, `#exited` has already dealt with that. A refusal would only be repeated.
        if (!(error instanceof SupervisorDiedError) && this.#stopLimit === null) this.#giveUp(error);
      },
    );
  }

  async #restarted(): Promise<void> {
    this.#spawn(this.#replica.takeover()).watchHeartbeat();
    const { refused } = await this.request('start', null);
    this.#lost = refused;
  }

  #giveUp(cause: Error): void {
    void this.close();
    this.#listener.gaveUp(cause);
  }
}

const STUCK_SUPERVISOR: NotEnded = {
  what: 'supervisor',
  reason: `its thread does not exit, because a thread that it has started does not: ${THREAD_STUCK}`,
};

function reportOf(report: StopReport, hasExited: boolean): StopReport {
  return hasExited ? report : { ...report, notEnded: [...(report.notEnded ?? []), STUCK_SUPERVISOR] };
}

/** The supervisor died, and does not exit. */
export function stuckWarning({ message }: Error): SchedulerWarning {
  const reason = `a thread that it has started does not exit either: ${THREAD_STUCK}. It is restarted when that has ended.`;
  return { code: 'supervisor-stuck', message: `The supervisor thread died (${message}) and does not exit: ${reason}` };
}
