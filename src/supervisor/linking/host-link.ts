import type { MessagePort } from 'node:worker_threads';
import { introductionsOf, type ReplicatedEntry } from '../../machines/ledger/introductions.ts';
import { EventBatch, unpackEvents } from '../../machines/packing/event-batch.ts';
import type { HostCaller, JsonValue } from '../../plugin.ts';
import { errorFromRecord } from '../../wire/error-record.ts';
import { toWireFault } from '../../wire/error-transfer.ts';
import { Questions } from '../../wire/questions.ts';
import { type FromSupervisor, isSupervisorMethod, type SupervisorEvent, type ToSupervisor } from '../protocol.ts';

type Request = Extract<ToSupervisor, { kind: 'request' }>;

/** Batches leave no more often than this. The next thread knows nothing of what was not sent when this one died. */
const MIN_INTERVAL_MS = 4;

/** Answers one request. When it throws or rejects, the host receives an error of the same class. */
export type AnswerRequest = (request: Request) => unknown;

export interface HostLinkParts {
  readonly port: MessagePort;
  /** Calls back in a later turn of the event loop. */
  readonly defer: (callback: () => void) => void;
  /** Calls back after so many milliseconds. */
  readonly sleep: (delayMs: number, callback: () => void) => void;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Somebody looks at the node beside the host, over a port of his own. Absent: nobody can. */
  operator?(port: MessagePort): void;
  /** A message could not be handled. */
  dropped(error: unknown): void;
}

/** For whom a function of the host is called. */
export interface HostCallOf {
  /** The run that calls; absent for a question of our own. */
  readonly caller?: HostCaller;
  /** How long the function may take, once it was called. Absent: as long as it takes. */
  readonly limitMs?: number;
  /** Takes what to call when nobody waits for the answer any more. A host may never answer. */
  readonly onEnd?: (cancel: () => void) => void;
}

/** The supervisor thread's end of the link to the host: answers requests, batches events, calls host functions. */
export class HostLink {
  readonly #parts: HostLinkParts;
  readonly #calls = new Questions();
  readonly #batch = new EventBatch<SupervisorEvent>();
  #isFlushDue = false;
  #flushedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: HostLinkParts) {
    this.#parts = parts;
  }

  answer(answerRequest: AnswerRequest): void {
    this.#parts.port.on('message', (message: unknown) => {
      try {
        this.#receive(message as ToSupervisor, answerRequest);
      } catch (error) {
        this.#parts.dropped(error);
      }
    });
  }

  /**
   * Sends the events of one turn together, or those of a few milliseconds when much happens, because a message costs more
   * than what it carries.
   */
  readonly emit = (event: SupervisorEvent): void => {
    this.#batch.add(event);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    const { nowMs, defer, sleep } = this.#parts;
    if (nowMs() - this.#flushedAtMs >= MIN_INTERVAL_MS) defer(this.#flushNow);
    else sleep(MIN_INTERVAL_MS, this.#flushNow);
  };

  /** Passes on what the memory store wrote, so that the host can keep a replica. */
  readonly emitEntry = (entry: ReplicatedEntry): void => {
    if (entry.kind !== 'introduced') this.emit({ type: 'ledger', event: entry });
    else if (!this.#batch.introduce(entry.registration)) {
      this.emit({ type: 'ledger', event: introductionsOf(entry.registration) });
    }
  };

  readonly #flushNow = (): void => {
    this.#isFlushDue = false;
    this.flush();
  };

  /** Sends what has happened until now. */
  readonly flush = (): void => {
    if (this.#batch.isEmpty) return;
    const events = this.#batch.take();
    this.#flushedAtMs = this.#parts.nowMs();
    try {
      this.#post({ kind: 'events', events });
    } catch {
      // One of them holds what cannot cross threads. The others must not be lost with it.
      for (const event of unpackEvents(events)) this.#postAlone(event);
    }
  };

  /** Calls a function of the host for a run, or for the node itself. */
  callHost(
    name: string,
    args: readonly JsonValue[],
    { onEnd, ...terms }: HostCallOf = {},
  ): Promise<JsonValue | undefined> {
    return this.#calls.ask((callId) => {
      this.#post({ kind: 'host.called', callId, name, args, ...terms });
      onEnd?.(() =>
        this.#calls.refuse(callId, new Error(`${name}: the run has ended, so nobody waits for an answer.`)),
      );
    });
  }

  /**
   * Resolves when the host has taken in what was emitted until now: it handles messages in order, and it answers a call
   * of a function that it does not have, too.
   */
  async heard(): Promise<void> {
    this.flush();
    await this.callHost('', []).catch(() => {});
  }

  #receive(message: ToSupervisor, answerRequest: AnswerRequest): void {
    switch (message.kind) {
      case 'request':
        if (!Number.isSafeInteger(message.id)) throw new TypeError('a request has no id');
        void this.#answer(message, answerRequest);
        break;
      case 'host.answered':
        this.#calls.answer(message.callId, message.value);
        break;
      case 'host.failed':
        this.#calls.refuse(message.callId, errorFromRecord(message.error));
        break;
      case 'operator':
        if (!(message.port instanceof globalThis.MessagePort))
          throw new TypeError('an operator comes without his port');
        this.#parts.operator?.(message.port);
        break;
      default:
        throw new TypeError('a message is of an unknown kind');
    }
  }

  async #answer(request: Request, answerRequest: AnswerRequest): Promise<void> {
    const { id } = request;
    try {
      if (!isSupervisorMethod(request.method)) throw new TypeError('the supervisor has no such method');
      const result = (await answerRequest(request)) as Extract<FromSupervisor, { kind: 'answered' }>['result'];
      // The host must hear what happened before the answer first.
      this.flush();
      this.#post({ kind: 'answered', id, result });
    } catch (error) {
      this.flush();
      this.#post({ kind: 'refused', id, fault: toWireFault(error) });
    }
  }

  #postAlone(event: SupervisorEvent): void {
    try {
      this.#post({ kind: 'events', events: { rows: null, others: [event] } });
    } catch (error) {
      this.#parts.dropped(error);
    }
  }

  #post(message: FromSupervisor): void {
    this.#parts.port.postMessage(message);
  }
}
