import { type Claim, type HistoryQuery, Ledger, type LedgerEntry, type LedgerSnapshot } from '../../machines/ledger.ts';
import type { Decision, RunRecord } from '../../machines/run.ts';
import type { StateStore, StoredState } from '../store.ts';

/** See `memoryStore()`. */
export interface MemoryStoreOptions {
  readonly maxRecords?: number;
  /** What an earlier supervisor thread of the same process knew. */
  readonly snapshot?: LedgerSnapshot;
  /** Is told of every entry, so that the host can keep a replica that outlives this thread. */
  readonly onEntry?: (entry: LedgerEntry) => void;
}

/** Keeps everything in memory: it outlives the supervisor thread, but not the process. */
export class MemoryStore implements StateStore {
  readonly name = 'memory';
  readonly #ledger: Ledger;
  readonly #onEntry: (entry: LedgerEntry) => void;

  constructor(options: MemoryStoreOptions = {}) {
    this.#ledger = new Ledger(options.snapshot, options.maxRecords);
    this.#onEntry = options.onEntry ?? (() => {});
  }

  open(): Promise<StoredState> {
    return Promise.resolve({ schedules: this.#ledger.schedules(), openClaims: this.#ledger.openClaims() });
  }

  register(key: string, cursorMs: number): Promise<void> {
    return this.#write({ kind: 'registered', key, cursorMs });
  }

  claim(claim: Claim): Promise<boolean> {
    return this.#write({ kind: 'claimed', claim }).then(() => true);
  }

  settle(record: RunRecord): Promise<void> {
    return this.#write({ kind: 'settled', record });
  }

  decide(decision: Decision): Promise<void> {
    return this.#write({ kind: 'decided', decision });
  }

  moveCursor(key: string, cursorMs: number): Promise<void> {
    return this.#write({ kind: 'moved', key, cursorMs });
  }

  setResting(key: string, resting: 'paused' | 'resumed' | 'forgotten'): Promise<void> {
    return this.#write({ kind: resting, key });
  }

  history(query: HistoryQuery): Promise<readonly RunRecord[]> {
    return Promise.resolve(this.#ledger.history(query));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #write(entry: LedgerEntry): Promise<void> {
    this.#ledger.apply(entry);
    this.#onEntry(entry);
    return Promise.resolve();
  }
}
