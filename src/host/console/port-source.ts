import type { MessagePort } from 'node:worker_threads';
import { SupervisorDiedError } from '../../errors.ts';
import type {
  FromOperator,
  OperatorEvent,
  OperatorMethod,
  OperatorRequests,
  OperatorTopic,
  SchedulerSource,
  ToOperator,
} from '../../supervisor/operator-protocol.ts';
import { fromWireFault, type WireFault } from '../../wire/error-transfer.ts';
import { type AnswerOf, type ParamsOf, Questions } from '../../wire/questions.ts';

/** How long a question waits for a supervisor thread when there is none: a new one takes less to start. */
const WAIT_MS = 1_000;

interface Listener {
  readonly topics: ReadonlySet<string>;
  heard(events: readonly OperatorEvent[]): void;
  closed(): void;
}

/**
 * A scheduler at the other end of a port. When its supervisor thread dies the port closes, and whoever restarts the
 * thread connects the next one; those who listen go on listening.
 */
export class PortSource implements SchedulerSource {
  readonly #questions = new Questions();
  readonly #listeners = new Set<Listener>();
  #port: MessagePort | null = null;
  #connected = Promise.withResolvers<void>();
  #isClosed = false;

  /** From now on the scheduler is at the other end of this port, which does not keep this thread from ending. */
  connect(port: MessagePort): void {
    if (this.#isClosed) {
      port.close();
      return;
    }
    this.#disconnect();
    this.#port = port;
    port.on('message', (message: unknown) => {
      try {
        this.#receive(message as ToOperator);
      } catch {
        // An exception here would end the host's process. What makes no sense is dropped, and answers nothing.
      }
    });
    port.on('close', () => {
      if (this.#port === port) this.#disconnect();
    });
    port.unref();
    if (this.#listeners.size > 0) this.#tellTopics();
    this.#connected.resolve();
  }

  async ask<M extends OperatorMethod>(
    method: M,
    params: ParamsOf<OperatorRequests, M>,
  ): Promise<AnswerOf<OperatorRequests, M>> {
    if (this.#port === null) await this.#wait();
    return this.#questions.ask((id) => this.#post({ kind: 'request', id, method, params }));
  }

  listen(
    topics: readonly OperatorTopic[],
    heard: (events: readonly OperatorEvent[]) => void,
    closed: () => void = () => {},
  ): () => void {
    const listener: Listener = { topics: new Set([...topics, 'dropped']), heard, closed };
    if (this.#isClosed) closed();
    else this.#listeners.add(listener);
    this.#tellTopics();
    return () => {
      if (this.#listeners.delete(listener)) this.#tellTopics();
    };
  }

  /** Questions reject, and nothing is heard any more. */
  close(): void {
    this.#isClosed = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.#disconnect();
    // Nobody waits for a connection that does not come.
    this.#connected.resolve();
    for (const { closed } of listeners) closed();
  }

  #receive(message: ToOperator): void {
    switch (message.kind) {
      case 'answered':
        this.#questions.answer(message.id, message.result);
        break;
      case 'refused':
        this.#questions.refuse(message.id, errorOf(message.fault));
        break;
      case 'events':
        this.#post({ kind: 'heard' });
        for (const listener of [...this.#listeners]) tell(listener, message.events);
        break;
    }
  }

  #tellTopics(): void {
    const topics = new Set([...this.#listeners].flatMap((listener) => [...listener.topics]));
    this.#port?.postMessage({ kind: 'listen', topics: [...topics] });
  }

  #post(message: FromOperator): void {
    if (this.#port === null) throw new SupervisorDiedError('there is none at the moment');
    this.#port.postMessage(message);
  }

  #disconnect(): void {
    const port = this.#port;
    if (port === null) return;
    this.#port = null;
    this.#connected = Promise.withResolvers<void>();
    port.close();
    this.#questions.refuseAll(new SupervisorDiedError('it was asked, and did not answer any more'));
  }

  async #wait(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, WAIT_MS);
    });
    await Promise.race([this.#connected.promise, limit]);
    clearTimeout(timer);
  }
}

/** Whoever waits for the answer must hear of a refusal, also when its reason cannot be read. */
function errorOf(fault: WireFault): Error {
  try {
    return fromWireFault(fault);
  } catch (cause) {
    return new Error('the request was refused, with a reason that cannot be read', { cause });
  }
}

function tell({ topics, heard }: Listener, events: readonly OperatorEvent[]): void {
  const wanted = events.filter(({ type }) => topics.has(type));
  if (wanted.length === 0) return;
  try {
    heard(wanted);
  } catch (error) {
    // The others must hear it all the same.
    queueMicrotask(() => {
      throw error;
    });
  }
}
