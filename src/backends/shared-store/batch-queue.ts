/**
 * Entries on their way into the database, in order; what is written in one turn, or while a batch is under way, goes together.
 *
 * A batch of which nobody knows whether it was written is neither sent again nor given up before that is known: its number is
 * burnt, so that it is written already or never will be. Until then, and until writes work again, what is compared with how
 * things stand (a claim, a decision with a basis) is refused at once and forgotten, so that it cannot take effect when nobody
 * wants it any more; everything else waits.
 */
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import { type Clock, pause } from '../../supervisor/ports/clock.ts';
import type { WriteAnswer } from '../../supervisor/ports/store.ts';
import type { BatchFolder, Fold } from './batch-folder.ts';
import { type ScheduleView, type SharedBackend, UnwritableBatchError, type WriteVerdict } from './shared-backend.ts';

const RETRY_MS = 1_000;
/** How long a claim waits to be known. */
const DOUBT_LIMIT_MS = 10_000;
/** Entries that may wait for a database that fails: about 20 MB. */
const MAX_WAITING = 20_000;
/** Where numbers go on that turn out to have been had. */
const NUMBER_LEAP = 1_000_000;

interface Pending {
  readonly entry: LedgerEntry;
  /** It is not to take effect after it was refused. */
  readonly isPerishable: boolean;
  /** Told once; null when it has been told that nobody knows. */
  teller: { resolve(answer: WriteAnswer): void; reject(error: Error): void } | null;
}

export interface BatchQueueListener {
  /** The database has answered: schedules that stand otherwise than they were seen, or as this node has just written them. */
  answered(
    answer: { readonly own: readonly ScheduleView[]; readonly others: readonly ScheduleView[] },
    askedAtMs: number,
  ): void;
  /** An entry is about to be refused. */
  refusing(entry: LedgerEntry): void;
  /** An entry was told to be unknown, and has been taken after all. */
  takenAfterAll(entry: LedgerEntry): void;
  /** Entries that are lost. */
  dropped(count: number, reason: string): void;
}

export class BatchQueue {
  readonly #clock: Clock;
  readonly #backend: SharedBackend;
  readonly #folder: BatchFolder;
  readonly #listener: BatchQueueListener;
  #waiting: Pending[] = [];
  /** Of the last batch. Begins above those of an earlier supervisor thread of this node. */
  #number: number;
  #isWorking = false;
  #isDeferred = false;
  #isClosed = false;
  #failure: Error | null = null;
  #droppedCount = 0;
  #idle: (() => void)[] = [];

  constructor(parts: { clock: Clock; backend: SharedBackend; folder: BatchFolder; listener: BatchQueueListener }) {
    this.#clock = parts.clock;
    this.#number = Math.floor(parts.clock.nowMs());
    this.#backend = parts.backend;
    this.#folder = parts.folder;
    this.#listener = parts.listener;
  }

  /** Resolves once it is written, or refused. Rejects when nobody knows, or soon will. */
  add(entry: LedgerEntry): Promise<WriteAnswer> {
    const isPerishable = isCompared(entry);
    if (this.#failure !== null) {
      if (!isPerishable) this.#keep({ entry, isPerishable, teller: null });
      return Promise.reject(this.#failure);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, isPerishable, teller: { resolve, reject } });
      this.#workSoon();
    });
  }

  /** Resolves when all that was added is written, or cannot be for the time being. */
  barrier(): Promise<void> {
    if (this.#failure !== null || (!this.#isWorking && this.#waiting.length === 0)) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#isClosed = true;
    this.#fail(new Error('the store is closed'));
  }

  #workSoon(): void {
    if (this.#isWorking || this.#isDeferred) return;
    this.#isDeferred = true;
    this.#clock.defer(() => {
      this.#isDeferred = false;
      if (!this.#isWorking) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#deliver(batch);
    }
    this.#isWorking = false;
    this.#wakeIdle();
  }

  /** Tries until the batch is written, dropped, or the queue is closed. */
  async #deliver(batch: Pending[]): Promise<void> {
    let left = batch;
    while (left.length > 0 && !this.#isClosed) {
      const fold = this.#folder.fold(left.map(({ entry }) => entry));
      const answer = await this.#write(fold, left);
      if (answer === 'written') {
        fold.keep();
        return this.#finish(left, fold);
      }
      if (answer === 'conflict') continue;
      if (answer === 'unwritable') return this.#split(left);
      left = left.filter(({ isPerishable, teller }) => !isPerishable || teller !== null);
      if (left.length > 0) await pause(this.#clock, RETRY_MS);
    }
  }

  /** `unwritten` after a failure, `conflict` when it is to be folded anew. */
  async #write(fold: Fold, batch: readonly Pending[]): Promise<'written' | 'conflict' | 'unwritten' | 'unwritable'> {
    this.#number += 1;
    const number = this.#number;
    const askedAtMs = this.#clock.monotonicMs();
    try {
      const verdict = await this.#backend.write({ ...fold.batch, number });
      this.#listener.answered(viewsOf(verdict, fold), askedAtMs);
      this.#failure = null;
      this.#tellDropped();
      if (verdict.kind === 'late') this.#number += NUMBER_LEAP;
      return verdict.kind === 'written' ? 'written' : 'conflict';
    } catch (error) {
      if (error instanceof UnwritableBatchError) return 'unwritable';
      return (await this.#resolveDoubt(number, batch, error as Error)) ? 'written' : 'unwritten';
    }
  }

  /** Finds out whether a batch was written, and sees to it that it will not be if not. */
  async #resolveDoubt(number: number, batch: readonly Pending[], error: Error): Promise<boolean> {
    this.#fail(error);
    for (const each of batch) if (!each.isPerishable) this.#tellUnknown(each, error);
    const cancel = this.#clock.sleep(DOUBT_LIMIT_MS, () => {
      for (const each of batch) this.#tellUnknown(each, error);
    });
    while (!this.#isClosed) {
      try {
        const isWritten = await this.#backend.burn(number);
        this.#failure = null;
        cancel();
        return isWritten;
      } catch {
        await pause(this.#clock, RETRY_MS);
      }
    }
    cancel();
    for (const each of batch) this.#tellUnknown(each, error);
    return false;
  }

  #finish(batch: readonly Pending[], { answers }: Fold): void {
    for (const [index, { entry, isPerishable, teller }] of batch.entries()) {
      const answer = answers[index] ?? { isTaken: false };
      if (!answer.isTaken) this.#listener.refusing(entry);
      if (teller === null && isPerishable && answer.isTaken) this.#listener.takenAfterAll(entry);
      teller?.resolve(answer);
    }
  }

  /** One by one, to find what cannot be written. */
  async #split(batch: Pending[]): Promise<void> {
    if (batch.length > 1) {
      for (const each of batch) await this.#deliver([each]);
      return;
    }
    for (const each of batch) this.#tellUnknown(each, new Error('the database will not take it'));
    this.#listener.dropped(batch.length, 'the database will not take them');
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const each of this.#waiting) this.#tellUnknown(each, error);
    this.#waiting = this.#waiting.filter(({ isPerishable }) => !isPerishable);
    this.#wakeIdle();
  }

  #tellUnknown(pending: Pending, error: Error): void {
    pending.teller?.reject(error);
    pending.teller = null;
  }

  #keep(pending: Pending): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(pending);
    else this.#droppedCount += 1;
    this.#workSoon();
  }

  #tellDropped(): void {
    if (this.#droppedCount > 0) this.#listener.dropped(this.#droppedCount, 'they did not fit into memory');
    this.#droppedCount = 0;
  }

  #wakeIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const wake of idle) wake();
  }
}

function viewsOf(verdict: WriteVerdict, fold: Fold): { own: readonly ScheduleView[]; others: readonly ScheduleView[] } {
  switch (verdict.kind) {
    case 'written':
      return { own: fold.viewsAfter(verdict.revisions), others: [] };
    case 'conflict':
      return { own: [], others: verdict.views };
    case 'late':
      return { own: [], others: [] };
  }
}

/** Whether an entry holds only if things stand as they did when it was planned. */
function isCompared(entry: LedgerEntry): boolean {
  if (entry.kind === 'claimed') return entry.claim.basis !== undefined;
  return entry.kind === 'decided' && entry.basis !== undefined;
}
