import { isKvChange } from '../../machines/kv/kv-request.ts';
import type { LedgerEntry, StoreEntry } from '../../machines/ledger/entries.ts';
import type { WriteAnswer } from '../../supervisor/ports/store.ts';

/** Entries that are kept for a disk or a database that fails: about 20 MB. */
const MAX_KEPT = 20_000;

interface Caller {
  resolve(answer: WriteAnswer): void;
  reject(error: Error): void;
}

/** Opens once no entry up to `serial` is unwritten. */
interface Barrier {
  readonly serial: number;
  readonly open: () => void;
}

/** An entry, and the caller who waits for it. The caller hears once: later answers go nowhere. */
export class UnwrittenEntry<E extends StoreEntry = LedgerEntry> {
  /** Assigned only when the store will not take the entry as it is. */
  entry: E;
  /** Grows from each entry of the list to the next. */
  readonly serial: number;
  /** False once it has left the list. */
  isListed = true;
  #caller: Caller | null;

  constructor(entry: E, serial: number, caller: Caller | null) {
    this.entry = entry;
    this.serial = serial;
    this.#caller = caller;
  }

  get isAwaited(): boolean {
    return this.#caller !== null;
  }

  answer(answer: WriteAnswer): void {
    this.#caller?.resolve(answer);
    this.#caller = null;
  }

  /** Nobody knows what becomes of the entry, which may stay in the list all the same. */
  giveUp(error: Error): void {
    this.#caller?.reject(error);
    this.#caller = null;
  }
}

/**
 * What a store has been given and has not yet written, in order. While writes fail nobody waits: callers hear of the
 * failure at once, and their entries are kept until writes work again. What does not fit into memory is dropped and
 * counted. Changes of what plugins keep are not kept for that: who made them decides whether to try again.
 */
export class UnwrittenEntries<E extends StoreEntry = LedgerEntry> {
  #entries: UnwrittenEntry<E>[] = [];
  #barriers: Barrier[] = [];
  #lastSerial = 0;
  #droppedCount = 0;
  #failure: Error | null = null;

  get size(): number {
    return this.#entries.length;
  }

  /** Why writes fail; null while they work. */
  get failure(): Error | null {
    return this.#failure;
  }

  all(): readonly UnwrittenEntry<E>[] {
    return [...this.#entries];
  }

  /** Resolves when the entry is answered. Rejects when writes fail before that, or fail already. */
  add(entry: E): Promise<WriteAnswer> {
    if (this.#failure !== null) {
      if (isKvChange(entry)) return Promise.reject(this.#failure);
      if (this.#entries.length < MAX_KEPT) this.#push(entry, null);
      else this.#droppedCount += 1;
      return Promise.reject(this.#failure);
    }
    return new Promise((resolve, reject) => this.#push(entry, { resolve, reject }));
  }

  /** Takes out entries that are written, or never will be. */
  remove(entries: readonly UnwrittenEntry<E>[]): void {
    for (const each of entries) each.isListed = false;
    this.#entries = this.#entries.filter(({ isListed }) => isListed);
    this.#openBarriers(this.#entries[0]?.serial ?? Number.POSITIVE_INFINITY);
  }

  /** Writes fail from now on. Callers hear of it, except those whose entry `isHeld` names: these are answered later. */
  fail(error: Error, isHeld: (each: UnwrittenEntry<E>) => boolean = () => false): void {
    this.#failure = error;
    for (const each of this.#entries) if (!isHeld(each)) each.giveUp(error);
    // A plugin hears of the failure and may try again, by which time it may want something else.
    this.remove(this.#entries.filter(({ entry }) => isKvChange(entry)));
    this.#openBarriers(Number.POSITIVE_INFINITY);
  }

  /** Writes work again. */
  recover(): void {
    this.#failure = null;
  }

  /** How many entries were dropped since this was last asked. */
  takeDroppedCount(): number {
    const count = this.#droppedCount;
    this.#droppedCount = 0;
    return count;
  }

  /** Resolves when all that was added until now has left the list, or writes fail. */
  barrier(): Promise<void> {
    if (this.#entries.length === 0 || this.#failure !== null) return Promise.resolve();
    const serial = this.#lastSerial;
    return new Promise((resolve) => this.#barriers.push({ serial, open: resolve }));
  }

  #push(entry: E, caller: Caller | null): void {
    this.#lastSerial += 1;
    this.#entries.push(new UnwrittenEntry(entry, this.#lastSerial, caller));
  }

  /** Opens the barriers of entries before `serial`. */
  #openBarriers(serial: number): void {
    const open = this.#barriers.filter((barrier) => barrier.serial < serial);
    this.#barriers = this.#barriers.filter((barrier) => barrier.serial >= serial);
    for (const barrier of open) barrier.open();
  }
}
