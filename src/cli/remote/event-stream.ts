import type { IncomingMessage } from 'node:http';
import type { OperatorEvent } from '../../supervisor/operator-protocol.ts';
import { eventOf } from './answers.ts';
import { ServerEventReader } from './server-events.ts';

/** What a stream says instead of an event: nothing came within the time, or nothing comes any more. */
export type Silence = 'quiet' | 'ended';

/** Whoever does not read is not to fill the memory: the stream is ended, and its user looks how things stand. */
const MAX_WAITING = 100_000;

/** The events of a scheduler, one after the other. Those that arrive while nobody asks are kept. */
export class EventStream {
  readonly #answer: IncomingMessage;
  readonly #reader = new ServerEventReader();
  readonly #waiting: OperatorEvent[] = [];
  #isEnded = false;
  #wake: (() => void) | null = null;

  constructor(answer: IncomingMessage) {
    this.#answer = answer;
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => this.#take(text));
    for (const event of ['end', 'error', 'close']) answer.on(event, () => this.#end());
  }

  /** @param withinMs How long to wait for one. Default: until the stream ends. */
  async next(withinMs?: number): Promise<OperatorEvent | Silence> {
    if (this.#waiting.length === 0 && !this.#isEnded) await this.#change(withinMs);
    return this.#waiting.shift() ?? (this.#isEnded ? 'ended' : 'quiet');
  }

  close(): void {
    this.#answer.destroy();
  }

  #change(withinMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(text: string): void {
    try {
      for (const { name, data } of this.#reader.read(text)) {
        const event = eventOf(name, data);
        if (event !== null) this.#waiting.push(event);
      }
    } catch {
      this.#answer.destroy();
    }
    if (this.#waiting.length > MAX_WAITING) this.#answer.destroy();
    if (this.#waiting.length > 0) this.#wake?.();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }
}
