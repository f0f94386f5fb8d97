/**
 * What waits for one receiver. One delivery is under way at a time, so that what happened first arrives first, and a
 * receiver that does not answer keeps no other waiting. What it does not take is tried again; what is too much, or too
 * old, is dropped, and a warning says how much.
 */
import { reasonOf } from '../../wire/error-record.ts';
import { CountedNotice } from '../../wire/failures/counted-notice.ts';
import type { NotifyParts, Warn } from './notify-parts.ts';
import { retryDelayMs } from './retrying.ts';

/** How a delivery ended: the receiver has it, wants nothing any more, or never got it. */
export type DeliveryEnd = 'taken' | 'refused' | 'dropped';

/** How one attempt ended. `reason` follows a colon, and holds no secret. */
export type Attempt =
  | { readonly is: 'taken' }
  /** It makes no sense to come back: the receiver wants nothing any more. */
  | { readonly is: 'refused'; readonly reason: string }
  /** The receiver will never take this one, but others. */
  | { readonly is: 'unwanted'; readonly reason: string }
  | { readonly is: 'failed'; readonly reason: string; readonly notBeforeMs: number };

export interface Delivery {
  attempt(signal: AbortSignal): Promise<Attempt>;
  /** Called once. */
  ended(end: DeliveryEnd): void;
}

export interface LineOptions {
  /** Who receives, for people, as a sentence begins. Holds no secret. */
  readonly name: string;
  /** How many deliveries may wait, the one under way among them. */
  readonly maxWaiting: number;
  /** How long one attempt may take; null: as long as it takes. */
  readonly timeoutMs: number | null;
  /** How long after its first attempt a delivery is still tried again. */
  readonly giveUpAfterMs: number;
}

export class OutgoingLine {
  readonly #options: LineOptions;
  readonly #parts: Pick<NotifyParts, 'clock' | 'random'>;
  readonly #warn: Warn;
  readonly #waiting: Delivery[] = [];
  #isUnderWay = false;
  #isFailing = false;
  #isRefused = false;
  #isClosing = false;
  #cancelPause: (() => void) | null = null;
  #abort: AbortController | null = null;
  #whenIdle: (() => void) | null = null;
  /** Of what was dropped, with the reason of the latest. */
  readonly #dropped: CountedNotice<string>;

  constructor(options: LineOptions, parts: Pick<NotifyParts, 'clock' | 'random'>, warn: Warn) {
    [this.#options, this.#parts, this.#warn] = [options, parts, warn];
    this.#dropped = new CountedNotice<string>((reason, dropCount) => {
      const count = dropCount === 1 ? 'one notice' : `${dropCount} notices`;
      warn({ code: 'notify-dropped', message: `${options.name} will not get ${count}: ${reason}.` });
    }, parts.clock);
  }

  add(delivery: Delivery): void {
    if (this.#isRefused) delivery.ended('refused');
    else if (this.#isClosing) delivery.ended('dropped');
    else {
      this.#waiting.push(delivery);
      if (this.#waiting.length > this.#options.maxWaiting) this.#dropOldest();
      void this.#work();
    }
  }

  /**
   * Takes nothing more, and tries each delivery that has not been tried. Resolves when that is over, or at the latest
   * after `limitMs`.
   */
  async close(limitMs: number): Promise<void> {
    this.#isClosing = true;
    this.#cancelPause?.();
    if (this.#isUnderWay) await this.#endWithin(limitMs);
    this.#dropped.flush();
  }

  async #endWithin(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.sleep(limitMs, resolve);
      this.#whenIdle = () => {
        cancel();
        resolve();
      };
    });
    this.#abort?.abort(new Error('the scheduler was stopped'));
    for (const delivery of this.#waiting.splice(0)) delivery.ended('dropped');
  }

  async #work(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    for (;;) {
      const [delivery] = this.#waiting;
      if (delivery === undefined) break;
      const end = await this.#deliver(delivery);
      // It may have been dropped, as the oldest, while it waited for another attempt.
      if (this.#waiting[0] === delivery) {
        this.#waiting.shift();
        delivery.ended(end);
      }
    }
    this.#isUnderWay = false;
    this.#whenIdle?.();
  }

  async #deliver(delivery: Delivery): Promise<DeliveryEnd> {
    const { clock, random } = this.#parts;
    const giveUpAtMs = clock.monotonicMs() + this.#options.giveUpAfterMs;
    for (let failures = 1; ; failures += 1) {
      if (this.#isRefused) return 'refused';
      const attempt = await this.#attempt(delivery);
      if (attempt.is !== 'failed') return this.#answered(attempt);
      const delayMs = Math.max(retryDelayMs(failures, random), attempt.notBeforeMs);
      this.#failed(attempt.reason);
      if (this.#isClosing || this.#waiting[0] !== delivery) return 'dropped';
      if (clock.monotonicMs() + delayMs > giveUpAtMs) {
        this.#dropped.add(`it did not take it in time: ${attempt.reason}`);
        return 'dropped';
      }
      await new Promise<void>((resolve) => {
        const cancel = clock.sleep(delayMs, resolve);
        this.#cancelPause = () => {
          cancel();
          resolve();
        };
      });
      this.#cancelPause = null;
      if (this.#isClosing || this.#waiting[0] !== delivery) return 'dropped';
    }
  }

  /** Never rejects. */
  async #attempt(delivery: Delivery): Promise<Attempt> {
    const { timeoutMs } = this.#options;
    const controller = new AbortController();
    const { signal } = controller;
    this.#abort = controller;
    const late = new Error(`no answer within ${timeoutMs} ms`);
    const cancel = timeoutMs === null ? () => {} : this.#parts.clock.sleep(timeoutMs, () => controller.abort(late));
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    try {
      return await Promise.race([delivery.attempt(signal), aborted]);
    } catch (error) {
      // Node wraps the reason of an abort.
      const reason = signal.aborted ? signal.reason : error;
      return { is: 'failed', reason: reasonOf(reason).replace(/\.$/, ''), notBeforeMs: 0 };
    } finally {
      cancel();
      this.#abort = null;
    }
  }

  #answered(attempt: Exclude<Attempt, { is: 'failed' }>): DeliveryEnd {
    if (attempt.is === 'taken') {
      this.#isFailing = false;
      return 'taken';
    }
    if (attempt.is === 'unwanted') {
      this.#dropped.add(`it does not take it: ${attempt.reason}`);
      return 'dropped';
    }
    this.#isRefused = true;
    const message = `${this.#options.name} is not told of anything any more: ${attempt.reason}.`;
    this.#warn({ code: 'notify-refused', message });
    return 'refused';
  }

  #failed(reason: string): void {
    if (this.#isFailing || this.#isClosing) return;
    this.#isFailing = true;
    const message = `${this.#options.name} cannot be reached, and is tried again: ${reason}.`;
    this.#warn({ code: 'notify-failing', message });
  }

  /** The one under way is the oldest, too: it is dropped while it waits for another attempt. */
  #dropOldest(): void {
    const index = this.#abort === null ? 0 : 1;
    const [oldest] = this.#waiting.splice(index, 1);
    oldest?.ended('dropped');
    this.#dropped.add(`more than ${this.#options.maxWaiting} are waiting`);
    if (index === 0) this.#cancelPause?.();
  }
}
