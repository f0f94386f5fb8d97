import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { Ledger, LedgerEntry } from '../../machines/ledger.ts';
import type { OccurrenceFacts } from '../../machines/occurrence-facts.ts';
import type { Decision } from '../../machines/run.ts';
import type { Claim, LifeChange, Registration, SettledRun } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';
import type { ClaimGrant, StateStore, StoredState } from '../../supervisor/ports/store.ts';

/** See `memoryStore()`. */
export interface MemoryStoreOptions {
  /** What it writes to, and what an earlier supervisor of the same process knew. */
  readonly ledger: Ledger;
  /** Is told of every entry, so that the host can keep a replica that outlives this thread. */
  readonly onEntry?: (entry: LedgerEntry) => void;
}

/** Keeps everything in memory: it outlives the supervisor thread, but not the process. */
export class MemoryStore implements StateStore {
  readonly name = 'memory';
  readonly #ledger: Ledger;
  readonly #onEntry: (entry: LedgerEntry) => void;

  constructor({ ledger, onEntry = () => {} }: MemoryStoreOptions) {
    this.#ledger = ledger;
    this.#onEntry = onEntry;
  }

  async open(session: Session): Promise<StoredState> {
    this.#write({ kind: 'opened', session });
    return { schedules: this.#ledger.schedules(), openClaims: this.#ledger.openClaims() };
  }

  async register(registration: Registration): Promise<void> {
    this.#write({ kind: 'registered', registration });
  }

  async claim(claim: Claim): Promise<ClaimGrant | null> {
    return this.#write({ kind: 'claimed', claim }) ? {} : null;
  }

  async settle(settled: SettledRun): Promise<boolean> {
    return this.#write({ kind: 'settled', settled });
  }

  async decide(decision: Decision): Promise<boolean> {
    return this.#write({ kind: 'decided', decision });
  }

  async moveCursor(key: string, cursorMs: number): Promise<void> {
    this.#write({ kind: 'moved', key, cursorMs });
  }

  async change(change: LifeChange): Promise<void> {
    this.#write(change);
  }

  async beat(atMs: number): Promise<void> {
    this.#write({ kind: 'seen', atMs });
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
    this.#write({ kind: 'closed', atMs });
  }

  #write(entry: LedgerEntry): boolean {
    const isTaken = this.#ledger.apply(entry);
    if (isTaken) this.#onEntry(entry);
    return isTaken;
  }
}
