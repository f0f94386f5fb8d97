import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import { isKvChange, type KvAnswer, type KvRequest } from '../../machines/kv/kv-request.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import { isSameDeclaration, type ReplicatedEntry } from '../../machines/ledger/introductions.ts';
import type { Ledger } from '../../machines/ledger/ledger.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import { type Claim, keyOf, type ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';
import type { Answered } from '../../supervisor/ports/answered.ts';
import type { StateStore, StoredState, WriteAnswer } from '../../supervisor/ports/store.ts';
import { ReplicaWindow } from './replica-window.ts';

/** See `memoryStore()`. */
export interface MemoryStoreOptions {
  /** Where the store writes; holds what an earlier supervisor of the same process knew. */
  readonly ledger: Ledger;
  /** Called with what changes the store: the host keeps a replica that outlives this thread. */
  readonly onEntry?: (entry: ReplicatedEntry) => void;
  /** Resolves when the host has taken in what `onEntry` was called with until now. */
  readonly whenHeard?: () => Promise<unknown>;
}

const TAKEN: WriteAnswer = Object.freeze({ isTaken: true });
const REFUSED: WriteAnswer = Object.freeze({ isTaken: false });

/** Keeps everything in memory, which outlives the supervisor thread but not the process. */
export class MemoryStore implements StateStore {
  readonly name = 'memory';
  readonly #ledger: Ledger;
  readonly #onEntry: (entry: ReplicatedEntry) => void;
  readonly #window: ReplicaWindow;

  constructor({ ledger, onEntry = () => {}, whenHeard = async () => {} }: MemoryStoreOptions) {
    this.#ledger = ledger;
    this.#onEntry = onEntry;
    this.#window = new ReplicaWindow(whenHeard);
  }

  async open(session: Session): Promise<StoredState> {
    this.#note({ kind: 'opened', session });
    return { schedules: this.#ledger.schedules(), openClaims: this.#ledger.openClaims() };
  }

  write(entry: ScheduleEntry): Answered<WriteAnswer> {
    const before = this.#ledger.schedule(keyOf(entry));
    if (!this.#ledger.apply(entry)) return REFUSED;
    this.#replicate(entry, before);
    return TAKEN;
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

  async kv(request: KvRequest): Promise<KvAnswer> {
    if (!isKvChange(request)) return this.#ledger.kv(request);
    await this.#window.room();
    const isMade = this.#ledger.kv(request);
    if (isMade === true) {
      this.#window.sent(request);
      this.#onEntry(request);
    }
    return isMade;
  }

  operated(operation: AuditEntry): void {
    this.#note({ kind: 'operated', operation });
  }

  async audit(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.#ledger.audit(query);
  }

  async close(atMs: number): Promise<void> {
    this.#note({ kind: 'closed', atMs });
  }

  /**
   * A new schedule is introduced, and registered in the replica only when something happens to it. A schedule that may
   * have been introduced only is registered again: where it is known, that changes nothing.
   */
  #replicate(entry: ScheduleEntry, before: ScheduleState | undefined): void {
    if (entry.kind === 'registered') {
      const { registration } = entry;
      if (before === undefined) {
        this.#onEntry({ kind: 'introduced', registration });
        return;
      }
      if (isAsBefore(before, this.#ledger.schedule(before.key))) return;
    }
    if (before !== undefined && before.dueCount === 0 && before.lastRun === undefined) {
      const { key, createdAtMs: atMs, cursorMs, declared } = before;
      this.#onEntry({ kind: 'registered', registration: { key, atMs, cursorMs, declared } });
    }
    this.#onEntry(entry);
  }

  /** What happens in the life of the node itself is never refused. */
  #note(entry: LedgerEntry): void {
    this.#ledger.apply(entry);
    this.#onEntry(entry);
  }
}

/** Whether a schedule that was registered again stands as before. */
function isAsBefore(before: ScheduleState, after: ScheduleState | undefined): boolean {
  if (after === undefined || after.cursorMs !== before.cursorMs || after.owed !== before.owed) return false;
  return isSameDeclaration(before.declared, after.declared);
}
