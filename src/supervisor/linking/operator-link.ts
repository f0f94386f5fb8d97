import type { MessagePort } from 'node:worker_threads';
import { toWireFault } from '../../wire/error-transfer.ts';
import type { AnswerOf } from '../../wire/questions.ts';
import type {
  FromOperator,
  OperatorEvent,
  OperatorMethod,
  OperatorRequests,
  OperatorTopic,
  ToOperator,
} from '../operator-protocol.ts';

/** Events leave no more often than this: a message costs more than what it carries. */
const MIN_INTERVAL_MS = 20;
/** How many events wait at most. */
export const MAX_WAITING = 2_000;
/** So many of the oldest are dropped at a time, when more come. */
export const DROPPED_AT_ONCE = 500;
/** How many batches may be on their way. Somebody who is blocked takes in none, and his port would grow. */
export const MAX_UNHEARD = 4;
/** How many questions may wait for their answer. */
export const MAX_QUESTIONS = 256;

const TOPICS: Readonly<Record<OperatorTopic, true>> = {
  'run-start': true,
  progress: true,
  run: true,
  decision: true,
  warning: true,
  notice: true,
  log: true,
  audit: true,
  dropped: true,
};

export interface OperatorLinkParts {
  /** Answers one question. When it rejects, the operator gets an error of the same class. */
  answer(method: unknown, params: unknown): Promise<AnswerOf<OperatorRequests, OperatorMethod>>;
  /** Calls back after so many milliseconds. */
  sleep(delayMs: number, callback: () => void): void;
  /** The operator listens to something else, or has gone. */
  changed(link: OperatorLink): void;
  /** A message could not be handled. */
  dropped(error: unknown): void;
}

/** The node's end of the link to one operator: answers his questions, and tells him what he listens to. */
export class OperatorLink {
  readonly #port: MessagePort;
  readonly #parts: OperatorLinkParts;
  topics: ReadonlySet<OperatorTopic> = new Set();
  isOpen = true;
  #waiting: OperatorEvent[] = [];
  #droppedCount = 0;
  #unheard = 0;
  #questions = 0;
  #isFlushDue = false;

  constructor(port: MessagePort, parts: OperatorLinkParts) {
    this.#port = port;
    this.#parts = parts;
    port.on('message', (message: unknown) => {
      try {
        this.#receive(message as FromOperator);
      } catch (error) {
        parts.dropped(error);
      }
    });
    port.on('close', () => {
      this.isOpen = false;
      this.topics = new Set();
      this.#waiting = [];
      parts.changed(this);
    });
  }

  tell(event: OperatorEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.splice(0, DROPPED_AT_ONCE);
      this.#droppedCount += DROPPED_AT_ONCE;
    }
    this.#flushLater();
  }

  #receive(message: FromOperator): void {
    switch (message.kind) {
      case 'request':
        if (!Number.isSafeInteger(message.id)) throw new TypeError('a question has no id');
        void this.#answer(message);
        break;
      case 'listen':
        this.topics = new Set(message.topics.filter((topic) => Object.hasOwn(TOPICS, topic)));
        this.#parts.changed(this);
        break;
      case 'heard':
        this.#unheard = Math.max(this.#unheard - 1, 0);
        if (this.#waiting.length > 0) this.#flushLater();
        break;
      default:
        throw new TypeError('a message is of an unknown kind');
    }
  }

  async #answer({ id, method, params }: Extract<FromOperator, { kind: 'request' }>): Promise<void> {
    this.#questions += 1;
    try {
      if (this.#questions > MAX_QUESTIONS) throw new Error('too many questions wait for their answer');
      const result = await this.#parts.answer(method, params);
      this.#post({ kind: 'answered', id, result });
    } catch (error) {
      this.#post({ kind: 'refused', id, fault: toWireFault(error) });
    } finally {
      this.#questions -= 1;
    }
  }

  #flushLater(): void {
    if (this.#isFlushDue || this.#unheard >= MAX_UNHEARD) return;
    this.#isFlushDue = true;
    this.#parts.sleep(MIN_INTERVAL_MS, () => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    const dropped: OperatorEvent[] =
      this.#droppedCount === 0 ? [] : [{ type: 'dropped', event: { count: this.#droppedCount } }];
    this.#waiting = [];
    this.#droppedCount = 0;
    this.#unheard += 1;
    try {
      this.#post({ kind: 'events', events: [...dropped, ...waiting] });
    } catch (error) {
      this.#unheard -= 1;
      this.#parts.dropped(error);
    }
  }

  #post(message: ToOperator): void {
    this.#port.postMessage(message);
  }
}
