/**
 * The locks of a server that need not be reached when a node starts. They open at once, and calls wait for that. While it
 * has failed calls reject at once, and open them anew beside that, but not more than once a second.
 */
import type { Clock } from '../../supervisor/ports/clock.ts';
import type {
  LockAnswers,
  LockExchange,
  LockingPlugin,
  LockingWarning,
  LockListener,
  NodeSign,
  OpeningLocks,
  Roster,
} from '../../supervisor/ports/locking.ts';
import { within } from '../../supervisor/ports/within.ts';
import { LockingByExchange } from './by-exchange.ts';

/** A backend with everything that the nodes use. Only `listen` may be absent. */
export type ServerLocks = LockingPlugin &
  Required<Pick<LockingPlugin, 'exchange' | 'announce' | 'readGroup' | 'readClock'>>;

/** How long a call waits for an attempt to open. It is less than its caller waits, so no lock is granted too late. */
const OPEN_LIMIT_MS = 3_000;
const RETRY_MS = 1_000;

export class DeferredLocking extends LockingByExchange implements OpeningLocks {
  readonly name: string;
  readonly opened: Promise<unknown>;
  readonly #isOpen = Promise.withResolvers<void>();
  readonly #clock: Clock;
  readonly #open: () => Promise<ServerLocks>;
  #opening: Promise<ServerLocks>;
  #locks: ServerLocks | null = null;
  /** The last attempt that failed: why, and when. */
  #failure: { readonly error: unknown; readonly atMs: number } | null = null;
  #isOpening = false;
  readonly #closed = Promise.withResolvers<never>();
  #listener: LockListener | null = null;
  #isClosed = false;

  /** @param open Makes one attempt, in bounded time. */
  constructor(name: string, clock: Clock, open: () => Promise<ServerLocks>) {
    super();
    [this.name, this.#clock, this.#open] = [name, clock, open];
    this.#closed.promise.catch(() => {});
    this.#opening = this.#attempt();
    this.opened = this.#opening;
  }

  get whenOpen(): Promise<unknown> {
    return this.#isOpen.promise;
  }

  /** Empty before it is open. */
  get warnings(): readonly LockingWarning[] {
    return this.#locks?.warnings ?? [];
  }

  async exchange(request: LockExchange): Promise<LockAnswers> {
    return (await this.#ready()).exchange(request);
  }

  /** A node that could not announce itself need not say that it leaves. */
  async announce(sign: NodeSign): Promise<Roster> {
    if (sign.ttlMs === 0 && this.#locks === null) throw new Error('it is not open');
    return (await this.#ready()).announce(sign);
  }

  async readGroup(id: string): Promise<readonly string[] | null> {
    return (await this.#ready()).readGroup(id);
  }

  async readClock(): Promise<number> {
    return (await this.#ready()).readClock();
  }

  listen(listener: LockListener): void {
    if (this.#locks === null) this.#listener = listener;
    else this.#locks.listen?.(listener);
  }

  async cleanup(): Promise<void> {
    this.#isClosed = true;
    this.#closed.reject(new Error('it is closed'));
    await this.#locks?.cleanup?.();
  }

  async #ready(): Promise<ServerLocks> {
    if (this.#locks !== null) return this.#locks;
    if (this.#isClosed) throw new Error('it is closed');
    if (this.#failure !== null) {
      const isOver = this.#clock.monotonicMs() - this.#failure.atMs >= RETRY_MS;
      if (isOver && !this.#isOpening) this.#opening = this.#attempt();
      throw this.#failure.error;
    }
    const opened = Promise.race([this.#opening, this.#closed.promise]);
    return within(this.#clock, opened, { limitMs: OPEN_LIMIT_MS, who: `lock backend "${this.name}"` });
  }

  #attempt(): Promise<ServerLocks> {
    this.#isOpening = true;
    const opening = this.#opened();
    // Whoever calls meets the failure.
    opening
      .catch((error: unknown) => {
        this.#failure = { error, atMs: this.#clock.monotonicMs() };
      })
      .finally(() => {
        this.#isOpening = false;
      });
    return opening;
  }

  async #opened(): Promise<ServerLocks> {
    const locks = await this.#open();
    if (this.#isClosed) {
      await locks.cleanup?.();
      throw new Error('it is closed');
    }
    if (this.#listener !== null) locks.listen?.(this.#listener);
    this.#locks = locks;
    this.#isOpen.resolve();
    return locks;
  }
}
