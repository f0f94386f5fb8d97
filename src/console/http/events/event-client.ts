/** What may wait for one client, in characters. */
const MAX_WAITING = 1_048_576;
/** So much is a piece of its own, and is sent at once. */
const FULL = 65_536;

export interface EventClientParts {
  /** What the client gets at once. */
  readonly greeting: string;
  /** For so long what happens is gathered, and then sent in one piece. */
  readonly gatherMs: number;
  /** Called once, however the stream ends. */
  readonly ended: () => void;
}

/**
 * One client of the event stream. What happens is gathered here for a moment, and waits until the connection takes it. A
 * client that takes it too slowly is dropped: it may come again, and the scheduler's memory is bounded.
 */
export class EventClient {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #ended: () => void;
  readonly #encoder = new TextEncoder();
  #waiting: string[];
  #length = 0;
  #isOver = false;
  /** Something has waited since the last beat. */
  #isStale = false;
  #wake: (() => void) | null = null;
  readonly #gatherMs: number;
  #gathering: NodeJS.Timeout | null = null;

  constructor({ greeting, gatherMs, ended }: EventClientParts) {
    [this.#waiting, this.#gatherMs, this.#ended] = [[greeting], gatherMs, ended];
    this.body = new ReadableStream(
      { pull: (controller) => this.#pull(controller), cancel: () => this.end() },
      // Nothing is taken ahead: what waits, waits here, where it is counted.
      { highWaterMark: 0 },
    );
  }

  push(text: string): void {
    if (this.#isOver) return;
    this.#length += text.length;
    if (this.#length > MAX_WAITING) {
      this.#forget();
      this.end();
      return;
    }
    this.#waiting.push(text);
    if (this.#length >= FULL) this.#send();
    else this.#gathering ??= setTimeout(this.#send, this.#gatherMs);
  }

  /** Called from time to time. Keeps the connection open, and drops a client that has taken nothing since the last one. */
  beat(): void {
    if (this.#isStale && this.#waiting.length > 0) {
      this.#forget();
      this.end();
      return;
    }
    this.push(': beat\n\n');
    this.#isStale = true;
  }

  /** Ends the stream after what waits. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#send();
    this.#ended();
  }

  /** Lets the connection take what waits. */
  readonly #send = (): void => {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    this.#wake?.();
  };

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    while ((this.#waiting.length === 0 || this.#gathering !== null) && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = null;
    if (this.#waiting.length === 0) return controller.close();
    const text = this.#waiting.join('');
    this.#forget();
    controller.enqueue(this.#encoder.encode(text));
  }

  #forget(): void {
    this.#waiting = [];
    this.#length = 0;
    this.#isStale = false;
  }
}
