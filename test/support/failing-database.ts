/** A shared store on a database in memory that fails on demand, and what it reports. */
import {
  type FoldedBatch,
  type LookRequest,
  type NewsListener,
  type Sight,
  UnwritableBatchError,
  type WriteVerdict,
} from '../../src/backends/shared-store/shared-backend.ts';
import { SharedStore } from '../../src/backends/shared-store/shared-store.ts';
import type { Claim } from '../../src/machines/schedule-entries.ts';
import type { ScheduleState } from '../../src/machines/schedule-state.ts';
import type { StoreListener } from '../../src/supervisor/ports/store.ts';
import { DistantBackend } from '../../src/testing/cluster/distant-backend.ts';
import { SharedMemory } from '../../src/testing/cluster/shared-memory.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { registered } from './ledger-entries.ts';

/** How a write fails: before it reaches the database, or after; `none` lets one pass. */
type Failure = 'before' | 'after' | 'none';

/** A database that fails on demand. */
export class FailingBackend extends DistantBackend {
  readonly batches: FoldedBatch[] = [];
  readonly looks: LookRequest[] = [];
  readonly failures: Failure[] = [];
  canHear = false;
  isAway = false;
  isSilentOnBurn = false;
  /** It answers everything, and refuses every write. */
  refusesWrites = false;
  /** A text that it will not take in the end of a run. */
  unwritable = 'a text that it will not take';
  /** Keys that it will never take. */
  readonly poison = new Set<string>();

  override async write(batch: FoldedBatch): Promise<WriteVerdict> {
    this.batches.push(batch);
    const failure = this.failures.shift();
    if (this.isAway || failure === 'before') throw new Error('away');
    if (this.refusesWrites) throw new Error('a table is gone');
    if (batch.changes.some(({ key }) => this.poison.has(key))) throw new UnwritableBatchError('not this');
    if (JSON.stringify(batch.runs).includes(this.unwritable)) throw new UnwritableBatchError('not this text');
    const verdict = await super.write(batch);
    if (failure === 'after') throw new Error('the answer was lost');
    return verdict;
  }

  override async look(request: LookRequest): Promise<Sight> {
    this.looks.push(request);
    if (this.isAway) throw new Error('away');
    return super.look(request);
  }

  override listen(listener: NewsListener): void {
    if (this.canHear) super.listen(listener);
  }

  override async burn(batchNumber: number): Promise<boolean> {
    if (this.isAway || this.isSilentOnBurn) throw new Error('away');
    return super.burn(batchNumber);
  }
}

/** A store that is open, with one schedule. */
export async function openedStore(
  memory?: SharedMemory,
  clock = new VirtualClock(),
  nodeId = 'node',
  incarnationId = nodeId,
  { canHear = false } = {},
) {
  const shared = memory ?? new SharedMemory(clock);
  const line = { losesNews: false };
  const backend: FailingBackend = new FailingBackend(clock, shared, {
    call: async (work) => work(),
    hear: (deliver) => {
      if (!line.losesNews) clock.defer(deliver);
    },
  });
  backend.canHear = canHear;
  const store = new SharedStore(backend, clock, { nodeTtlMs: 15_000 });
  const heard = {
    changed: [] as ScheduleState[],
    orphaned: [] as Claim[],
    warned: [] as string[],
    histories: [] as Parameters<StoreListener['historyChanged']>[0][],
    nowMs: 0,
    trustedUntilMs: 0,
  };
  const nothing = (): void => {};
  await store.open(
    { nodeId, incarnationId, atMs: 0 },
    {
      warned: ({ code }) => heard.warned.push(code),
      lacksState: nothing,
      changed: (states) => heard.changed.push(...states),
      conflicted: nothing,
      historyChanged: (now) => heard.histories.push(now),
      trusted: (untilMs) => {
        heard.trustedUntilMs = Math.max(heard.trustedUntilMs, untilMs);
      },
      roster: nothing,
      clock: ({ nowMs }) => {
        heard.nowMs = nowMs;
      },
      orphaned: (claims) => heard.orphaned.push(...claims),
    },
  );
  await clock.advanceUntil(store.write(registered(100)));
  return { clock, memory: shared, backend, line, store, heard };
}
