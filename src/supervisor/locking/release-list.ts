import type { Cancel, Clock } from '../ports/clock.ts';
import type { LockHandle } from '../ports/locking.ts';

/** How long a released lock may wait for the next round trip. */
const DELAY_MS = 250;
/** How soon a release that failed is tried again. */
const RETRY_MS = 500;
/** What a backend that is away for long leaves behind. What exceeds this only expires. */
const MAX_FAILED = 10_000;

/**
 * Locks to give back. They wait a moment for a round trip that goes anyway. A release that failed is tried again, with
 * every round trip and by itself, until it is answered or the lock has expired: otherwise nobody could have a lock that
 * nobody holds.
 */
export class ReleaseList {
  readonly #clock: Clock;
  readonly #send: () => void;
  #handles: LockHandle[] = [];
  /** From when on each of them has expired, monotonic milliseconds. */
  readonly #expiries = new WeakMap<LockHandle, number>();
  /** Whether a round trip is due for what is listed, even if nothing else goes with it. */
  #isDue = false;
  #cancel: Cancel | null = null;

  /** @param send Called when releases have waited long enough for another round trip. */
  constructor(clock: Clock, send: () => void) {
    this.#clock = clock;
    this.#send = send;
  }

  add(handle: LockHandle, expiredAtMs: number): void {
    this.addToExpire(handle, expiredAtMs);
    this.#isDue = true;
  }

  /** Goes along with another round trip if there is one before the lock expires, and has none of its own. */
  addToExpire(handle: LockHandle, expiredAtMs: number): void {
    this.#expiries.set(handle, expiredAtMs);
    this.#handles.push(handle);
  }

  /** Whether there are locks with these keys, which then no longer wait. */
  hasAny(keys: readonly string[]): boolean {
    if (!this.#handles.some(({ key }) => keys.includes(key))) return false;
    this.#isDue = true;
    return true;
  }

  /** Sends by itself unless somebody takes the list before. */
  sendLater(delayMs = DELAY_MS): void {
    this.#cancel ??= this.#clock.sleep(delayMs, () => {
      this.#cancel = null;
      this.#isDue = true;
      this.#send();
    });
  }

  /** What is to be sent now. If nothing else goes with it, that is nothing until it is due. */
  take({ isAlone }: { readonly isAlone: boolean }): LockHandle[] {
    if (isAlone && !this.#isDue) return [];
    this.#cancel?.();
    this.#cancel = null;
    this.#isDue = false;
    const nowMs = this.#clock.monotonicMs();
    const taken = this.#handles.filter((handle) => (this.#expiries.get(handle) ?? 0) > nowMs);
    this.#handles = [];
    return taken;
  }

  /** Their release was not answered, or the backend failed. Nobody knows whether they are free. */
  failed(handles: readonly LockHandle[]): void {
    if (handles.length === 0) return;
    for (const handle of handles) this.#list(handle);
    this.#handles = this.#handles.slice(-MAX_FAILED);
    this.sendLater(RETRY_MS);
  }

  #list(handle: LockHandle): void {
    if (!this.#expiries.has(handle)) this.#expiries.set(handle, this.#clock.monotonicMs() + handle.ttlMs);
    this.#handles.push(handle);
  }
}
