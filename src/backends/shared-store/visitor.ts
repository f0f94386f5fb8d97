/**
 * Writes into a store that nodes share, from outside of any node, while nodes use it. The entry is folded and compared
 * like that of a node, and the nodes learn of it as they learn of each other. The visitor never counts as a node: it has
 * no session, and nobody waits for its signs of life.
 */
import { randomUUID } from 'node:crypto';
import { BackendError } from '../../errors.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import { BatchFolder, type Fold } from './batch-folder.ts';
import { BatchWriter } from './batch-writer.ts';
import { ConflictPace } from './conflict-pace.ts';
import { ScheduleViews } from './schedule-views.ts';
import { type SharedBackend, type Sight, UnwritableBatchError } from './shared-backend.ts';

/** A database that also takes batches of somebody who is not a node. */
export interface VisitedBackend extends SharedBackend {
  /** In place of `enter`, as often as needed: names the visitor. Sees everything. */
  visit(name: string): Promise<Sight>;
}

/** What a visitor sees before it writes. */
export interface VisitorView {
  readonly schedules: readonly ScheduleState[];
  /** The clock of the cluster, epoch milliseconds. */
  readonly nowMs: number;
  /** The nodes that are running. */
  readonly nodeIds: readonly string[];
}

/** How often somebody else may be first. The pauses in between come to some seconds. */
const MAX_ATTEMPTS = 12;
/** How long a lost answer is asked for. */
const DOUBT_LIMIT_MS = 10_000;

/**
 * Resolves when the entries are written, all or none of them. `entriesFor` says what to write, again for each attempt; what it throws is thrown,
 * and then nothing is written.
 * @throws {BackendError} An entry is refused, other writers were first each time, or nobody knows whether they were written.
 */
export async function writeAsVisitor(
  backend: VisitedBackend,
  clock: Clock,
  entriesFor: (view: VisitorView) => readonly LedgerEntry[],
): Promise<void> {
  const name = `visitor-${randomUUID()}`;
  const writer = new BatchWriter(clock, backend);
  const pace = new ConflictPace(clock);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { views: seen, nowMs, nodeIds } = await backend.visit(name);
    const views = new ScheduleViews();
    views.replace(seen);
    const entries = entriesFor({ schedules: views.states(), nowMs, nodeIds });
    const fold = new BatchFolder(views, randomUUID).fold(entries);
    if (fold.answers.some(({ isTaken }) => !isTaken)) throw new BackendError(backend.name, 'it refuses the change');
    if (await isWritten(fold, writer, { backend, clock })) return;
    await pace.next();
  }
  throw new BackendError(backend.name, 'others changed it at the same moment, again and again: try again');
}

async function isWritten(
  { batch }: Fold,
  writer: BatchWriter,
  { backend, clock }: { readonly backend: SharedBackend; readonly clock: Clock },
): Promise<boolean> {
  try {
    return (await writer.write(batch)).kind === 'written';
  } catch (error) {
    if (error instanceof UnwritableBatchError) throw new BackendError(backend.name, error.message, { cause: error });
    const cancel = clock.sleep(DOUBT_LIMIT_MS, () => writer.close());
    const answer = await writer.burn();
    cancel();
    if (answer === true) return true;
    if (answer === false) throw error;
    const reason = 'it does not answer any more, and nobody knows whether the change was written';
    throw new BackendError(backend.name, reason, { cause: error });
  }
}
