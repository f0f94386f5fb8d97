import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import type { Ledger } from '../../machines/ledger/ledger.ts';
import type { Claim, ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { Session } from '../../machines/session.ts';
import type { StateStore, StoredState, WriteAnswer } from '../../supervisor/ports/store.ts';

/** See `memoryStore()`. */
export interface MemoryStoreOptions {
  /** Where the store writes; holds what an earlier supervisor of the same process knew. */
  readonly ledger: Ledger;
  /** Called with every entry that is taken: the host keeps a replica that outlives this thread. */
  readonly onEntry?: (entry: LedgerEntry) => void;
}

/** Keeps everything in memory, which outlives the supervisor thread but not the process. */
export class MemoryStore implements StateStore {
  readonly name = 'memory';
  readonly #ledger: Ledger;
  readonly #onEntry: (entry: LedgerEntry) => void;

  constructor({ ledger, onEntry = () => {} }: MemoryStoreOptions) {
    this.#ledger = ledger;
    this.#onEntry = onEntry;
  }

  async open(session: Session): Promise<StoredState> {
    this.#note({ kind: 'opened', session });
    return { schedules: this.#ledger.schedules(), openClaims: this.#ledger.openClaims() };
  }

  async write(entry: ScheduleEntry): Promise<WriteAnswer> {
    const isTaken = this.#ledger.apply(entry);
    if (isTaken) this.#onEntry(entry);
    return { isTaken };
  }

  async beat(atMs: number): Promise<void> {
    this.#note({ kind: 'seen', atMs });
  }

  async openClaims(): Promise<readonly Claim[]> {
    return this.#ledger.openClaims();
  }

  async history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#ledger.history(query);
  }

  async facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    return this.#ledger.facts(key, atMs);
  }

  async close(atMs: number): Promise<void> {
    this.#note({ kind: 'closed', atMs });
  }

  /** What happens in the life of the node itself is never refused. */
  #note(entry: LedgerEntry): void {
    this.#ledger.apply(entry);
    this.#onEntry(entry);
  }
}
