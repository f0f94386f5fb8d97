import type { MessagePort } from 'node:worker_threads';
import { NotRunningError } from '../../errors.ts';
import type { AnswerOf } from '../../wire/questions.ts';
import type { OperatedNode } from '../operating/operated-node.ts';
import type { OperatorDesk } from '../operating/operator-desk.ts';
import type {
  Onlookers,
  OperatorEvent,
  OperatorMethod,
  OperatorRequests,
  OperatorTopic,
} from '../operator-protocol.ts';
import { type Clock, pause } from '../ports/clock.ts';
import type { SupervisorEvent } from '../protocol.ts';
import type { OperatorLinks } from './operator-links.ts';

/** How long a question may wait for a node that is starting. */
const START_LIMIT_MS = 1_000;

/** Where operators come in. What serves them is loaded when the first one comes. */
export class OperatorDoor implements Onlookers {
  readonly #clock: Clock;
  readonly #dropped: (error: unknown) => void;
  readonly #flush: () => void;
  readonly #started = Promise.withResolvers<OperatedNode>();
  #links: OperatorLinks | null = null;
  #desk: Promise<OperatorDesk> | null = null;

  /**
   * @param parts.dropped A message could not be handled.
   * @param parts.flush Tells the host what has happened until now.
   */
  constructor(
    clock: Clock,
    { dropped, flush }: { readonly dropped: (error: unknown) => void; readonly flush: () => void },
  ) {
    [this.#clock, this.#dropped, this.#flush] = [clock, dropped, flush];
  }

  /** The node runs, and answers from now on. */
  started(node: OperatedNode): void {
    this.#started.resolve(node);
  }

  readonly open = (port: MessagePort): void => {
    this.#opened(port).catch(this.#dropped);
  };

  isHeard(topic: OperatorTopic): boolean {
    return this.#links?.isHeard(topic) === true;
  }

  tell(event: OperatorEvent): void {
    this.#links?.tell(event);
  }

  passOn(event: SupervisorEvent): void {
    this.#links?.passOn(event);
  }

  async #opened(port: MessagePort): Promise<void> {
    const { OperatorLinks: Links } = await import('./operator-links.ts');
    this.#links ??= new Links({
      answer: (method, params) => this.#answer(method, params),
      sleep: (delayMs, callback) => void this.#clock.sleep(delayMs, callback),
      dropped: this.#dropped,
    });
    this.#links.open(port);
    // Schedules are sorted before somebody asks for them.
    this.#desk ??= this.#open();
  }

  async #open(): Promise<OperatorDesk> {
    const [{ OperatorDesk: Desk }, node] = await Promise.all([
      import('../operating/operator-desk.ts'),
      this.#started.promise,
    ]);
    return new Desk(node);
  }

  async #answer(method: unknown, params: unknown): Promise<AnswerOf<OperatorRequests, OperatorMethod>> {
    this.#desk ??= this.#open();
    const desk = await Promise.race([this.#desk, pause(this.#clock, START_LIMIT_MS)]);
    if (desk === undefined) throw new NotRunningError(String(method), 'starting');
    try {
      return await desk.answer(method, params);
    } finally {
      // What an operator was told to be done must not die with this thread: the host keeps what a memory store knows.
      this.#flush();
    }
  }
}
