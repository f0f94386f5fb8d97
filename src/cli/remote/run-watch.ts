/** Follows one run of a scheduler to its end, by the events of the scheduler. */
import type { Decision, HistoryRecord } from '../../index.ts';
import type { OperatorEvent, OperatorTopic } from '../../supervisor/operator-protocol.ts';
import { EXIT_UNREACHABLE } from '../exit-codes.ts';
import type { EventStream, Silence } from './event-stream.ts';
import { RemoteError } from './remote-error.ts';
import type { RemoteScheduler } from './remote-scheduler.ts';

/** How a run ended, or why there was none; `waiting` when the time was over before. */
export type RunEnd =
  | { readonly kind: 'ended'; readonly run: HistoryRecord }
  | { readonly kind: 'skipped'; readonly decision: Decision }
  | { readonly kind: 'waiting' };

/**
 * How often to ask beside listening. A stream that was interrupted has lost events, and a network may lose a connection
 * without a word.
 */
const ASK_EVERY_MS = 5_000;
/** How often in a row a scheduler may fail to answer until it counts as gone: it may be restarting its threads. */
const MAX_FAILURES = 6;
/** How long to wait after a failure, and at least from one opening of the stream to the next. */
const PAUSE_MS = 1_000;
const NOT_FOUND = 404;

/** What is listened to. */
interface Listened {
  readonly topics: readonly OperatorTopic[];
  /** The schedule; absent for all. */
  readonly key?: string;
}

interface Followed {
  /** The run's id, and the key of its schedule if it may end without a record. */
  readonly runId: string;
  readonly triggeredKey?: string;
  /** Every event, before it is looked at. */
  readonly heard?: (event: OperatorEvent) => void;
  /** When to give up; absent for never. Milliseconds of `performance.now()`. */
  readonly untilMs?: number;
}

/** Listens to a scheduler and listens again when the connection breaks. Make it before the run is asked for. */
export class RunWatch {
  readonly #remote: RemoteScheduler;
  readonly #topics: readonly OperatorTopic[];
  readonly #key: string | undefined;
  #stream: EventStream | null;
  #openedAtMs = performance.now();
  #failures = 0;

  private constructor(remote: RemoteScheduler, { topics, key }: Listened, stream: EventStream) {
    this.#remote = remote;
    this.#topics = topics;
    this.#key = key;
    this.#stream = stream;
  }

  static async open(remote: RemoteScheduler, listened: Listened): Promise<RunWatch> {
    return new RunWatch(remote, listened, await remote.events(listened.topics, listened.key));
  }

  /** @throws RemoteError if the scheduler is gone before the run has ended. */
  async end(followed: Followed): Promise<RunEnd> {
    const { untilMs = Number.POSITIVE_INFINITY } = followed;
    for (;;) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return { kind: 'waiting' };
      const event = await this.next(Math.min(ASK_EVERY_MS, leftMs));
      const end = typeof event === 'string' ? await this.#askedEnd(followed.runId) : toldEnd(event, followed);
      if (end !== null) return end;
    }
  }

  /** The next event; `quiet` if none came within the time, or if it takes a new connection to hear one. */
  async next(withinMs: number): Promise<OperatorEvent | Silence> {
    if (this.#stream === null) {
      // A proxy may end each stream at once, and then this would ask it as fast as it can answer.
      const leftMs = this.#openedAtMs + PAUSE_MS - performance.now();
      if (leftMs > 0) await pause(Math.min(leftMs, withinMs));
      if (leftMs > withinMs) return 'quiet';
      // What happened while nobody listened is asked for by whoever hears that it was quiet.
      this.#stream = await this.#reopened();
      return 'quiet';
    }
    const event = await this.#stream.next(withinMs);
    if (event === 'ended') this.#stream = null;
    else if (event !== 'quiet') this.#failures = 0;
    return event;
  }

  close(): void {
    this.#stream?.close();
  }

  async #reopened(): Promise<EventStream | null> {
    this.#openedAtMs = performance.now();
    return this.#tried(() => this.#remote.events(this.#topics, this.#key));
  }

  async #askedEnd(runId: string): Promise<RunEnd | null> {
    const answer = await this.#tried(() => this.#remote.run(runId));
    return answer === null || answer.run === null ? null : { kind: 'ended', run: answer.run };
  }

  /** Null if it could not be asked now. A run is unknown for the moment between its end and its record. */
  async #tried<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await ask();
      this.#failures = 0;
      return answer;
    } catch (error) {
      if (!(error instanceof RemoteError) || !isPassing(error)) throw error;
      this.#failures += 1;
      if (this.#failures > MAX_FAILURES) throw error;
      await pause(PAUSE_MS);
      return null;
    }
  }
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, forMs);
  });
}

function isPassing({ exitCode, status }: RemoteError): boolean {
  return exitCode === EXIT_UNREACHABLE || status === NOT_FOUND;
}

function toldEnd(event: OperatorEvent, { runId, triggeredKey, heard }: Followed): RunEnd | null {
  heard?.(event);
  if (event.type === 'run' && event.event.runId === runId) return { kind: 'ended', run: event.event };
  if (event.type === 'decision' && event.event.isManual === true && event.event.key === triggeredKey)
    return { kind: 'skipped', decision: event.event };
  return null;
}
