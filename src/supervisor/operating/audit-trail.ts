import { Ring } from '../../machines/ledger/ring.ts';
import { type AuditEntry, type AuditQuery, isAskedFor } from '../../machines/operating/audit.ts';
import type { Onlookers } from '../operator-protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/store.ts';
import type { Recorder } from '../recording/recorder.ts';

/** How many operations are remembered with a store that does not keep them. */
const MAX_REMEMBERED = 1_000;
/** The longest text of an entry. Whoever acts may be anybody, and a reason may quote a plugin. */
const MAX_TEXT_LENGTH = 1_000;

export interface AuditTrailParts {
  readonly clock: Clock;
  readonly store: StateStore;
  readonly recorder: Recorder;
  readonly nodeId: string;
  readonly onlookers?: Onlookers;
}

/** What operators did on this node, or wanted to do. With a shared store it has what they did on the others, too. */
export class AuditTrail {
  readonly #parts: AuditTrailParts;
  readonly #remembered = new Ring<AuditEntry>(MAX_REMEMBERED);

  constructor(parts: AuditTrailParts) {
    this.#parts = parts;
  }

  /** Nobody waits until it is written. If the store fails, that is counted and reported as for everything else. */
  keep(operation: Omit<AuditEntry, 'atMs' | 'nodeId'>): void {
    const { clock, store, recorder, nodeId, onlookers } = this.#parts;
    const entry: AuditEntry = { atMs: clock.nowMs(), nodeId, ...cut(operation) };
    if (store.operated === undefined || store.audit === undefined) this.#remembered.push(entry);
    else recorder.keep(entry);
    if (onlookers?.isHeard('audit')) onlookers.tell({ type: 'audit', event: entry });
  }

  /** Newest first. */
  async list(query: AuditQuery): Promise<readonly AuditEntry[]> {
    const { store } = this.#parts;
    if (store.operated !== undefined && store.audit !== undefined) return store.audit(query);
    return this.#remembered.newest((entry) => isAskedFor(entry, query), query.limit ?? 100);
  }
}

function cut(operation: Omit<AuditEntry, 'atMs' | 'nodeId'>): typeof operation {
  const fields = Object.entries(operation).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [name, value.slice(0, MAX_TEXT_LENGTH)])) as typeof operation;
}
