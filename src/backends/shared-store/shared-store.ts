/**
 * A store that nodes share, in a database of any kind. Entries are folded here, on schedules as this node last saw
 * them, and the database compares these with how they stand. So a batch takes one round trip, nothing in the database
 * waits for a node that may be stopped, and a node that was late learns from the answer what has happened.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import { leaseFrom } from '../../machines/lease.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import { type Claim, keyOf, type ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { Session } from '../../machines/session.ts';
import type { RefusedRow } from '../../machines/stored-rows/read-rows.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { StateStore, StoredState, StoreListener, WriteAnswer } from '../../supervisor/ports/store.ts';
import { within } from '../../supervisor/ports/within.ts';
import { BatchFolder } from './batch-folder.ts';
import { BatchQueue } from './batch-queue.ts';
import { type Look, Lookout } from './lookout.ts';
import { mustBeAlone } from './node-twin.ts';
import { OrphanNotices } from './orphan-notices.ts';
import { ScheduleViews } from './schedule-views.ts';
import type { ScheduleView, SharedBackend, Sight } from './shared-backend.ts';
import { entriesLost, historyChanged, nodeIdTaken, rowRefused } from './store-warnings.ts';
import { unrecorded } from './unrecorded-runs.ts';

/**
 * How long a node that has entered another history claims nothing. Meanwhile every other node enters it, too, and says
 * what it knows to have been done.
 */
const SETTLE_MS = 2_500;
/** How long a stop may wait for what is still to be written, and for the farewell. */
const CLOSE_LIMIT_MS = 1_500;

const SETTLING = 'it has another history, and waits for what the other nodes know';
const TAKEN = 'another process has taken the id of this node';

export interface SharedStoreOptions {
  /** After this time without a sign of life a node counts as gone. */
  readonly nodeTtlMs: number;
}

export class SharedStore implements StateStore {
  readonly isShared = true;
  readonly #backend: SharedBackend;
  readonly #clock: Clock;
  #ttlMs: number;
  readonly #views = new ScheduleViews();
  readonly #queue: BatchQueue;
  readonly #lookout: Lookout;
  readonly #orphans: OrphanNotices;
  #listener: StoreListener | null = null;
  /** The entry into another history that is under way. */
  #reentering: Promise<void> | null = null;
  #historyId = '';
  readonly #folder: BatchFolder;
  #lastSpanId = 0;
  #nodeId = '';

  constructor(backend: SharedBackend, clock: Clock, { nodeTtlMs }: SharedStoreOptions) {
    this.#backend = backend;
    this.#clock = clock;
    this.#ttlMs = nodeTtlMs;
    this.#orphans = new OrphanNotices(clock);
    this.#lookout = new Lookout(clock, backend, (look) => this.#seen(look));
    this.#folder = new BatchFolder(this.#views, () => this.#newSpanId());
    this.#queue = new BatchQueue({
      clock,
      backend,
      folder: this.#folder,
      listener: {
        answered: ({ own, others }, reading) => this.#answered(own, others, reading),
        refusing: (entry) => this.#refusing(entry),
        takenAfterAll: (entry) => {
          if (entry.kind === 'claimed') this.#listener?.orphaned([entry.claim]);
        },
        conflicted: () => this.#listener?.conflicted(),
        historyChanged: () => this.#reenter(),
        dropped: (count, reason) => this.#dropped(count, reason),
      },
    });
  }

  get name(): string {
    return this.#backend.name;
  }

  readClock(): Promise<number> {
    return this.#backend.readClock();
  }

  async open(session: Session, listener: StoreListener): Promise<StoredState> {
    this.#nodeId = session.nodeId;
    this.#backend.reportRefused?.((row) => this.#refused(row, listener));
    await mustBeAlone(session, this.#backend, this.#clock);
    const look = await this.#lookout.enter(session, this.#ttlMs);
    const claims = await this.#backend.openClaims();
    this.#listener = listener;
    this.#enter(look.sight);
    // The caller has to hear first what was in the store.
    this.#clock.defer(() => this.#seen(look));
    this.#lookout.start();
    const ofGone = new Set(look.sight.orphans.map(({ runId }) => runId));
    this.#orphans.reported([...ofGone]);
    // Claims under this node's own name were left by an earlier supervisor thread of this very process.
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

  readonly seenClaims = (): readonly Claim[] => this.#views.claims();
  readonly announceGroup: SharedBackend['announceGroup'] = (sign) => this.#backend.announceGroup(sign);
  readonly readGroup: SharedBackend['readGroup'] = (id) => this.#backend.readGroup(id);

  async close(atMs: number): Promise<void> {
    this.#lookout.stop();
    const limit = { limitMs: CLOSE_LIMIT_MS, who: `store "${this.name}"` };
    try {
      await within(this.#clock, this.#queue.barrier(), limit);
      await within(this.#clock, this.#backend.leave(atMs), limit);
    } finally {
      this.#queue.close();
      await this.#backend.close();
    }
  }

  #enter({ historyId, views }: Sight): void {
    this.#historyId = historyId;
    this.#backend.adopt(historyId);
    this.#views.replace(views);
  }

  /** Rejects when the database does not answer. */
  #reenter(): Promise<void> {
    this.#reentering ??= this.#enterAnew().finally(() => {
      this.#reentering = null;
    });
    return this.#reentering;
  }

  async #enterAnew(): Promise<void> {
    const look = await this.#lookout.reenter();
    if (look.sight.isReplaced) {
      this.#replaced();
      return;
    }
    const ownClaims = look.sight.views.flatMap(({ claims }) => claims).filter(({ nodeId }) => nodeId === this.#nodeId);
    const kept = new Set(ownClaims.map(({ runId }) => runId));
    const known = this.#views.claimedBy(this.#nodeId).map(({ runId }) => runId);
    const forgottenRunIds = known.filter((runId) => !kept.has(runId));
    const unknown = await unrecorded(forgottenRunIds, this.#backend);
    this.#enter(look.sight);
    this.#folder.forget(unknown);
    this.#queue.refuseCompared(SETTLE_MS, SETTLING);
    this.#listener?.warned(historyChanged(this.name));
    this.#listener?.historyChanged({ schedules: this.#views.states(), forgottenRunIds, ownClaims });
    this.#seen(look);
  }

  #seen({ sight, reading }: Look): void {
    if (sight.isReplaced) {
      this.#replaced();
      return;
    }
    this.#trust(reading);
    const { views, nodeIds, orphans } = sight;
    // The next look asks again if this fails.
    if (sight.historyId !== this.#historyId) return void this.#reenter().catch(() => {});
    this.#listener?.roster(nodeIds, reading);
    this.#learn(views);
    const ofOthers = orphans.filter(({ nodeId }) => nodeId !== this.#nodeId);
    const due = this.#orphans.due(ofOthers.map(({ runId }) => runId));
    if (due.size > 0) this.#listener?.orphaned(ofOthers.filter(({ runId }) => due.has(runId)));
  }

  /** This process was stopped for so long that another one could take its name. It has no claims, and gets none. */
  #replaced(): void {
    this.#lookout.stop();
    // No answer is a proof of its life any more.
    this.#ttlMs = 0;
    this.#queue.refuseCompared(Number.POSITIVE_INFINITY, TAKEN);
    this.#listener?.warned(nodeIdTaken(this.name, this.#nodeId));
  }

  #answered(own: readonly ScheduleView[], others: readonly ScheduleView[], reading: ClockReading): void {
    this.#trust(reading);
    this.#listener?.clock(reading);
    this.#views.learn(own);
    this.#learn(others);
  }

  /** Takes in what other nodes have changed. */
  #learn(views: readonly ScheduleView[]): void {
    const states = this.#views.learn(views).flatMap(({ state }) => state ?? []);
    if (states.length > 0) this.#listener?.changed(states);
  }

  /** Sends the current state before the refusal, so that the supervisor knows why. */
  #refusing(entry: LedgerEntry): void {
    if (entry.kind !== 'claimed' && entry.kind !== 'decided' && entry.kind !== 'repositioned') return;
    const { state } = this.#views.get(keyOf(entry));
    if (state !== undefined) this.#listener?.changed([state]);
  }

  #trust({ askedAtMonotonicMs }: ClockReading): void {
    this.#listener?.trusted(leaseFrom(askedAtMonotonicMs, this.#ttlMs).trustedUntilMs);
  }

  #dropped(count: number, reason: string): void {
    this.#listener?.warned(entriesLost(this.name, count, reason));
    this.#listener?.lacksState();
  }

  /** Never within a call of the supervisor, see `StoreListener`. */
  #refused(row: RefusedRow, listener: StoreListener): void {
    this.#clock.defer(() => {
      listener.warned(rowRefused(this.name, row));
      if (row.kind === 'schedules') listener.lacksState();
    });
  }

  #newSpanId(): string {
    this.#lastSpanId += 1;
    return `${this.#nodeId}:${Math.floor(this.#clock.nowMs())}:${this.#lastSpanId}`;
  }
}
