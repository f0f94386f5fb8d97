/**
 * A store that nodes share, in a database of any kind. What is written is folded here, on schedules as this node last saw them, and
 * compared in the database with how they stand: so a batch is one round trip, nothing waits in the database for a node that
 * may be stopped, and who was late learns by the answer what has happened. In between the node looks around twice a second,
 * which is its sign of life as well.
 */

import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import { leaseFrom } from '../../machines/lease.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import { type Claim, keyOf, type ScheduleEntry, type ScheduleState } from '../../machines/schedule-state.ts';
import type { Session } from '../../machines/session.ts';
import type { Cancel, Clock } from '../../supervisor/ports/clock.ts';
import type {
  ClockReading,
  StateStore,
  StoredState,
  StoreListener,
  WriteAnswer,
} from '../../supervisor/ports/store.ts';
import { within } from '../../supervisor/ports/within.ts';
import { BatchFolder } from './batch-folder.ts';
import { BatchQueue } from './batch-queue.ts';
import { ScheduleViews } from './schedule-views.ts';
import type { ScheduleView, SharedBackend, Sight } from './shared-backend.ts';

const LOOK_MS = 500;
const PRUNE_MS = 60_000;
/** How long a stop may wait for what is still to be written, and for the farewell. */
const CLOSE_LIMIT_MS = 1_500;
/** How long it is left to others to settle a run that was told of. */
const ORPHAN_RETRY_MS = 5_000;

export interface SharedStoreOptions {
  /** After this time without a sign of life a node counts for gone. */
  readonly nodeTtlMs: number;
}

export class SharedStore implements StateStore {
  readonly isShared = true;
  readonly #backend: SharedBackend;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #views = new ScheduleViews();
  readonly #queue: BatchQueue;
  /** Runs of nodes that are gone, and until when they are not told of again. */
  readonly #toldOrphans = new Map<string, number>();
  #listener: StoreListener | null = null;
  #revision = 0;
  #lastSpanId = 0;
  #nodeId = '';
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #cancelLook: Cancel = () => {};
  #isClosed = false;

  constructor(backend: SharedBackend, clock: Clock, { nodeTtlMs }: SharedStoreOptions) {
    this.#backend = backend;
    this.#clock = clock;
    this.#ttlMs = nodeTtlMs;
    this.#queue = new BatchQueue({
      clock,
      backend,
      folder: new BatchFolder(this.#views, () => this.#newSpanId()),
      listener: {
        answered: ({ own, others }, askedAtMs) => this.#answered(own, others, askedAtMs),
        refusing: (entry) => this.#refusing(entry),
        takenAfterAll: (entry) => {
          if (entry.kind === 'claimed') this.#listener?.orphaned([entry.claim]);
        },
        dropped: (count, reason) => this.#dropped(count, reason),
      },
    });
  }

  get name(): string {
    return this.#backend.name;
  }

  async open(session: Session, listener: StoreListener): Promise<StoredState> {
    this.#nodeId = session.nodeId;
    const asked = this.#asking();
    const sight = await this.#backend.enter(session, this.#ttlMs);
    const claims = await this.#backend.openClaims();
    this.#listener = listener;
    this.#views.learn(sight.views);
    this.#revision = ScheduleViews.newest(sight.views, 0);
    // Not before who opened it has heard what was in it.
    this.#clock.defer(() => this.#seen(sight, asked()));
    this.#lookLater();
    const ofGone = new Set(sight.orphans.map(({ runId }) => runId));
    for (const runId of ofGone) this.#tellOrphan(runId);
    // An earlier supervisor thread of this very process has left what bears its name.
    const openClaims = claims.filter(({ runId, nodeId }) => ofGone.has(runId) || nodeId === session.nodeId);
    return { schedules: this.#views.states(), openClaims };
  }

  write(entry: ScheduleEntry): Promise<WriteAnswer> {
    return this.#queue.add(entry);
  }

  async beat(atMs: number): Promise<void> {
    await this.#queue.add({ kind: 'seen', atMs });
  }

  async openClaims(): Promise<readonly Claim[]> {
    await this.#queue.barrier();
    return this.#backend.openClaims();
  }

  async history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    await this.#queue.barrier();
    return this.#backend.history(query);
  }

  async facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    await this.#queue.barrier();
    return this.#backend.facts(key, atMs);
  }

  async close(atMs: number): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    const limit = { limitMs: CLOSE_LIMIT_MS, who: `store "${this.name}"` };
    try {
      await within(this.#clock, this.#queue.barrier(), limit);
      await within(this.#clock, this.#backend.leave(atMs), limit);
    } finally {
      this.#queue.close();
      await this.#backend.close();
    }
  }

  #lookLater(): void {
    this.#cancelLook = this.#clock.sleep(LOOK_MS, () => {
      void this.#look().finally(() => {
        if (!this.#isClosed) this.#lookLater();
      });
    });
  }

  /** Never rejects: a database that is away is told of by those who write. */
  async #look(): Promise<void> {
    const asked = this.#asking();
    try {
      const sight = await this.#backend.look(this.#revision);
      if (this.#isClosed) return;
      this.#revision = ScheduleViews.newest(sight.views, this.#revision);
      this.#seen(sight, asked());
      await this.#prune();
    } catch {
      // The next look is on its way.
    }
  }

  #seen({ views, nodeIds, orphans, nowMs }: Sight, asked: Asked): void {
    this.#trust(asked.monotonicMs);
    this.#listener?.roster(nodeIds, { nowMs, askedAtMs: asked.askedAtMs, answeredAtMs: asked.answeredAtMs });
    this.#heard(views);
    const news = orphans.filter(({ runId, nodeId }) => nodeId !== this.#nodeId && this.#tellOrphan(runId));
    if (news.length > 0) this.#listener?.orphaned(news);
  }

  /** Whether a run of a node that is gone is to be told of (again). */
  #tellOrphan(runId: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, untilMs] of this.#toldOrphans) if (untilMs <= nowMs) this.#toldOrphans.delete(id);
    if (this.#toldOrphans.has(runId)) return false;
    this.#toldOrphans.set(runId, nowMs + ORPHAN_RETRY_MS);
    return true;
  }

  #answered(own: readonly ScheduleView[], others: readonly ScheduleView[], askedAtMs: number): void {
    this.#trust(askedAtMs);
    this.#views.learn(own);
    this.#heard(others);
  }

  #heard(views: readonly ScheduleView[]): void {
    const states = this.#views.learn(views).flatMap(({ state }) => state ?? []);
    if (states.length > 0) this.#listener?.changed(states);
  }

  /** Who is refused learns how things stand before. */
  #refusing(entry: LedgerEntry): void {
    if (entry.kind !== 'claimed' && entry.kind !== 'decided') return;
    const { state } = this.#views.get(keyOf(entry));
    if (state !== undefined) this.#listener?.changed([state] satisfies ScheduleState[]);
  }

  #trust(askedAtMs: number): void {
    this.#listener?.trusted(leaseFrom(askedAtMs, this.#ttlMs).trustedUntilMs);
  }

  async #prune(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#prunedAtMs < PRUNE_MS) return;
    const isUnfinished = await this.#backend.prune();
    if (!isUnfinished) this.#prunedAtMs = nowMs;
  }

  #dropped(count: number, reason: string): void {
    const message = `Store "${this.name}": ${count} entries of its history are lost, because ${reason}.`;
    this.#listener?.warned({ code: 'store-incomplete', message });
    this.#listener?.lacksState();
  }

  #newSpanId(): string {
    this.#lastSpanId += 1;
    return `${this.#nodeId}:${Math.floor(this.#clock.nowMs())}:${this.#lastSpanId}`;
  }

  /** Reads both clocks now, and the wall clock again when the answer is there. */
  #asking(): () => Asked {
    const monotonicMs = this.#clock.monotonicMs();
    const askedAtMs = this.#clock.nowMs();
    return () => ({ monotonicMs, askedAtMs, answeredAtMs: this.#clock.nowMs() });
  }
}

type Asked = Omit<ClockReading, 'nowMs'> & { readonly monotonicMs: number };
