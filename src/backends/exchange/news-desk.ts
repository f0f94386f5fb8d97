/**
 * The news of one node's exchanges: what it says of them, and what it hears of the others'. A node that hears gets its
 * own news back, too, and passes them on to nobody: a claim of ours whose answer was lost is not another node's.
 *
 * News of ours that do not come back in time show that the session is dead, although it looks alive.
 */
import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import type { LockAttempt, LockListener } from '../../supervisor/ports/locking.ts';
import { type NewsHead, newsIn } from './lock-news.ts';
import type { LockServer } from './lock-server.ts';
import type { TriedChannel } from './tried-channel.ts';

const ECHO_LIMIT_MS = 3_000;

export class NewsDesk {
  readonly #server: LockServer;
  readonly #clock: Clock;
  readonly #by = randomUUID();
  #lastNo = 0;
  #channel: TriedChannel | null = null;
  #isHearing = false;
  #isClosed = false;
  /** By its number: ends the wait for an exchange's news, which begins with the answer of the exchange. */
  readonly #awaited = new Map<number, Cancel>();

  constructor(server: LockServer, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  /** Call it once. */
  listen(listener: LockListener): void {
    this.#channel = this.#server.channel({
      heard: (text) => this.#hear(text, listener),
      hearing: (isHearing) => {
        this.#isHearing = isHearing;
        if (!isHearing) this.#awaitNothing();
        if (!this.#isClosed) listener.hearing(isHearing);
      },
    });
    this.#channel.start();
  }

  /** What the server is to know of an exchange that is about to be sent; null if nothing in it can be news. */
  headOf(attempts: readonly LockAttempt[]): NewsHead | null {
    const waiting = attempts.flatMap(({ isWaiting }, place) => (isWaiting === true ? [place] : []));
    const claims = attempts.some(({ locks }) => locks.some(({ occurrence }) => occurrence !== undefined));
    if (waiting.length === 0 && !claims) return null;
    this.#lastNo += 1;
    if (this.#isHearing) this.#awaited.set(this.#lastNo, () => {});
    return { by: this.#by, no: this.#lastNo, waiting };
  }

  /** @param isTold Whether the server has said anything. Its word may have come back before its answer. */
  answered({ no }: NewsHead, isTold: boolean): void {
    if (!isTold) this.#awaited.delete(no);
    else if (this.#awaited.has(no)) {
      this.#awaited.set(
        no,
        this.#clock.sleep(ECHO_LIMIT_MS, () => this.#channel?.remake()),
      );
    }
  }

  /** Nobody knows whether the exchange was carried out. */
  unanswered({ no }: NewsHead): void {
    this.#awaited.delete(no);
  }

  /** Resolves when the channel is closed. The listener hears nothing more. May be called again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#awaitNothing();
    await this.#channel?.close();
  }

  #hear(text: string, listener: LockListener): void {
    const message = newsIn(text);
    if (message === null || this.#isClosed) return;
    const { by, no, claimed, wanted } = message;
    if (by !== this.#by) {
      listener.heard({ claimed, wanted });
      return;
    }
    this.#awaited.get(no)?.();
    this.#awaited.delete(no);
  }

  #awaitNothing(): void {
    for (const cancel of this.#awaited.values()) cancel();
    this.#awaited.clear();
  }
}
