/**
 * Entries on their way into the database, in order. Entries that are added in one turn, or while a batch is under way,
 * make up one batch.
 *
 * A batch of which nobody knows whether it was written is neither sent again nor given up before that is known: see
 * `batch-writer.ts`. Until then, and until writes work again, an entry that is compared with how things stand (a claim,
 * a decision with a basis) is refused at once and forgotten, so that it cannot take effect when nobody wants it any
 * more. Everything else is kept.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { notBeforeMs } from '../../machines/cluster-time/early-claims.ts';
import { type LedgerEntry, withoutTexts } from '../../machines/ledger/entries.ts';
import { type Clock, pause } from '../../supervisor/ports/clock.ts';
import type { WriteAnswer } from '../../supervisor/ports/store.ts';
import { UnwrittenEntries, type UnwrittenEntry } from '../batching/unwritten-entries.ts';
import type { BatchFolder, Fold } from './batch-folder.ts';
import { BatchWriter, RETRY_MS } from './batch-writer.ts';
import { isCompared, isForgotten, refuseCompared } from './compared-entries.ts';
import { ConflictPace } from './conflict-pace.ts';
import {
  type LookRequest,
  type ScheduleView,
  type SharedBackend,
  type Sight,
  UnwritableBatchError,
} from './shared-backend.ts';
import { isOfOtherHistory, viewsOf } from './verdicts.ts';

/** How long a claim waits until it is known whether it was written. */
const DOUBT_LIMIT_MS = 10_000;
/** How often a batch is sent that was not written, until its claims are refused. The rest is sent again and again. */
const CLAIM_TRIES = 3;
const CLOSED = 'the store is closed';

export interface BatchQueueListener {
  /**
   * The database has answered. `own` are schedules as this node has just written them, `others` those that have changed
   * unseen.
   */
  answered(
    answer: { readonly own: readonly ScheduleView[]; readonly others: readonly ScheduleView[] },
    reading: ClockReading,
  ): void;
  /** The look that the batch which is sent now should carry, if any. */
  ride(): LookRequest | undefined;
  /** What that look has seen. */
  rode(request: LookRequest, sight: Sight, reading: ClockReading): void;
  /** An entry is about to be refused. */
  refusing(entry: LedgerEntry): void;
  /** The caller of an entry heard that nobody knows, and then the entry turned out to be written. */
  takenAfterAll(entry: LedgerEntry): void;
  /**
   * The database has another history than the one that batches were folded on. Resolves when this node has entered it,
   * and what is left can be folded anew.
   */
  historyChanged(): Promise<void>;
  /** The database refused a batch, because it stood otherwise than the batch was folded on. */
  conflicted(): void;
  /** Entries are lost. */
  dropped(count: number, reason: string): void;
}

/** What became of a batch: `unwritten` after a failure, `conflict` when what is left has to be folded anew. */
type Outcome = 'written' | 'conflict' | 'unwritten' | 'unwritable';

export class BatchQueue {
  /** A batch was not written, and none has been since. */
  isFailing = false;
  readonly #clock: Clock;
  readonly #writer: BatchWriter;
  readonly #folder: BatchFolder;
  readonly #listener: BatchQueueListener;
  readonly #unwritten = new UnwrittenEntries();
  /** The entries that are being written. */
  #batch: readonly UnwrittenEntry[] = [];
  #isWorking = false;
  #isDeferred = false;
  #isClosed = false;
  /** Why the latest batch was not written. */
  #failure = new Error(CLOSED);
  /** Until when entries that are compared are refused, monotonic milliseconds. */
  #refusal = { untilMs: Number.NEGATIVE_INFINITY, error: new Error(CLOSED) };

  constructor(parts: { clock: Clock; backend: SharedBackend; folder: BatchFolder; listener: BatchQueueListener }) {
    this.#clock = parts.clock;
    this.#writer = new BatchWriter(parts.clock, parts.backend);
    this.#folder = parts.folder;
    this.#listener = parts.listener;
  }

  /** Resolves once the entry is written, or refused. Rejects when nobody knows, or soon will. */
  add(entry: LedgerEntry): Promise<WriteAnswer> {
    const { failure } = this.#unwritten;
    if (failure !== null && isCompared(entry)) return Promise.reject(failure);
    const { untilMs, error } = this.#refusal;
    if (this.#clock.monotonicMs() < untilMs && isCompared(entry)) return Promise.reject(error);
    const written = this.#unwritten.add(entry);
    this.#workSoon();
    return written;
  }

  /** Resolves when all that was added until now is written, or cannot be for the time being. */
  barrier(): Promise<void> {
    return this.#unwritten.barrier();
  }

  /** For so long every entry that is compared is refused, as if the database were away. */
  refuseCompared(ms: number, reason: string): void {
    this.#refusal = { untilMs: this.#clock.monotonicMs() + ms, error: new Error(reason) };
  }

  /** Nothing is sent from now on. */
  close(): void {
    this.#isClosed = true;
    this.#writer.close();
    this.#fail(new Error(CLOSED));
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
    while (this.#unwritten.size > 0 && !this.#isClosed) await this.#deliver(this.#unwritten.all());
    this.#isWorking = false;
  }

  /** Tries until the batch is written, dropped, or the queue is closed. */
  async #deliver(batch: readonly UnwrittenEntry[]): Promise<void> {
    const conflicts = new ConflictPace(this.#clock);
    let left = batch;
    let failedCount = 0;
    while (left.length > 0 && !this.#isClosed) {
      this.#batch = left;
      const fold = this.#folder.fold(left.map(({ entry }) => entry));
      const outcome = await this.#write(fold);
      if (outcome === 'written') return this.#finish(left, fold);
      if (outcome === 'conflict') {
        this.#listener.conflicted();
        left = left.filter(({ isListed }) => isListed);
        await conflicts.next();
        continue;
      }
      if (outcome === 'unwritable') return this.#split(left);
      failedCount += 1;
      // The database answers, and refuses: a table is gone, a right was revoked. Who waits must hear of that.
      if (failedCount >= CLAIM_TRIES) refuseCompared(left, this.#failure);
      this.#unwritten.remove(left.filter(isForgotten));
      left = left.filter(({ isListed }) => isListed);
      if (left.length > 0) await pause(this.#clock, RETRY_MS);
    }
    for (const each of left) each.giveUp(new Error(CLOSED));
  }

  async #write(fold: Fold): Promise<Outcome> {
    const askedAtMonotonicMs = this.#clock.monotonicMs();
    try {
      const look = this.#listener.ride();
      const verdict = await this.#writer.write({ ...fold.batch, ...(look && { look }) });
      const reading = { nowMs: verdict.nowMs, askedAtMonotonicMs, answeredAtMonotonicMs: this.#clock.monotonicMs() };
      this.#listener.answered(viewsOf(verdict, fold), reading);
      if (look !== undefined && verdict.sight !== undefined) this.#listener.rode(look, verdict.sight, reading);
      if (verdict.kind === 'early') this.#turnAway(verdict.nowMs);
      if (isOfOtherHistory(verdict, fold)) await this.#enterOther();
      this.#unwritten.recover();
      const droppedCount = this.#unwritten.takeDroppedCount();
      if (droppedCount > 0) this.#listener.dropped(droppedCount, 'they did not fit into memory');
      return verdict.kind === 'written' ? 'written' : 'conflict';
    } catch (error) {
      if (error instanceof UnwritableBatchError) return 'unwritable';
      return (await this.#resolveDoubt(error as Error)) ? 'written' : 'unwritten';
    }
  }

  /** The claims and decisions that came too early are refused; everything else is written without them. */
  #turnAway(nowMs: number): void {
    const early = this.#batch.filter(({ entry }) => (notBeforeMs(entry) ?? nowMs) > nowMs);
    for (const each of early) each.answer({ isTaken: false, isEarly: true });
    this.#unwritten.remove(early);
  }

  /** What was planned on the old history is refused. */
  async #enterOther(): Promise<void> {
    await this.#listener.historyChanged();
    const planned = this.#unwritten.all().filter(({ entry }) => isCompared(entry));
    for (const each of planned) each.giveUp(this.#refusal.error);
    this.#unwritten.remove(planned);
  }

  /** Finds out whether the batch was written. A claim in it waits for that, but not for ever. */
  async #resolveDoubt(error: Error): Promise<boolean> {
    this.#failure = error;
    this.isFailing = true;
    this.#fail(error);
    const giveUp = (): void => {
      for (const each of this.#batch) each.giveUp(error);
    };
    const cancel = this.#clock.sleep(DOUBT_LIMIT_MS, giveUp);
    const isWritten = await this.#writer.burn();
    cancel();
    if (isWritten === null) giveUp();
    else this.#unwritten.recover();
    return isWritten === true;
  }

  #finish(batch: readonly UnwrittenEntry[], fold: Fold): void {
    fold.keep();
    this.isFailing = false;
    for (const [place, each] of batch.entries()) {
      const answer = fold.answers[place] ?? { isTaken: false };
      if (!answer.isTaken) this.#listener.refusing(each.entry);
      else if (isForgotten(each)) this.#listener.takenAfterAll(each.entry);
      each.answer(answer);
    }
    this.#unwritten.remove(batch);
  }

  /** Writes one by one, to find what the database will not take. */
  async #split(batch: readonly UnwrittenEntry[]): Promise<void> {
    if (batch.length > 1) {
      // A failure on the way forgets those that are compared.
      for (const each of batch) if (each.isListed) await this.#deliver([each]);
      return;
    }
    const [only] = batch;
    const plain = only && withoutTexts(only.entry);
    if (only !== undefined && plain !== null && plain !== undefined) {
      only.entry = plain;
      return this.#deliver(batch);
    }
    for (const each of batch) each.giveUp(new Error('the database will not take it'));
    this.#unwritten.remove(batch);
    this.#listener.dropped(batch.length, 'the database will not take them');
  }

  /** Everyone hears of a failure, except those whose compared entry is being written: it may be written yet. */
  #fail(error: Error): void {
    const isWriting = new Set(this.#batch);
    this.#unwritten.fail(error, (each) => isCompared(each.entry) && isWriting.has(each));
    this.#unwritten.remove(this.#unwritten.all().filter((each) => isForgotten(each) && !isWriting.has(each)));
  }
}
