/**
 * A store that nodes share, in a database of any kind. Entries are folded here, on schedules as this node last saw
 * them, and the database compares these with how they stand. So a batch takes one round trip, nothing in the database
 * waits for a node that may be stopped, and a node that was late learns from the answer what has happened.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import { leaseFrom } from '../../machines/lease.ts';
import type { AuditEntry } from '../../machines/operating/audit.ts';
import type { Claim, ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { Session } from '../../machines/session.ts';
import type { RefusedRow } from '../../machines/stored-rows/read-rows.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { GroupRoster, GroupSign } from '../../supervisor/ports/groups.ts';
import type { StateStore, StoredState, StoreListener, WriteAnswer } from '../../supervisor/ports/store.ts';
import { within } from '../../supervisor/ports/within.ts';
import { BatchFolder } from './batch-folder.ts';
import { BatchQueue } from './batch-queue.ts';
import { type Look, Lookout } from './looking/lookout.ts';
import { NodeSigns } from './looking/node-signs.ts';
import { mustBeAlone } from './node-twin.ts';
import { Observations } from './observations.ts';
import type { SharedBackend, Sight } from './shared-backend.ts';
import { spanIds } from './span-ids.ts';
import { entriesLost, historyChanged, nodeIdTaken, notPruned, rowRefused } from './store-warnings.ts';
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
  readonly #observed: Observations;
  readonly #signs: NodeSigns;
  readonly #queue: BatchQueue;
  readonly #lookout: Lookout;
  #listener: StoreListener | null = null;
  /** The entry into another history that is under way. */
  #reentering: Promise<void> | null = null;
  #historyId = '';
  readonly #folder: BatchFolder;
  #nodeId = '';

  constructor(backend: SharedBackend, clock: Clock, { nodeTtlMs }: SharedStoreOptions) {
    this.#backend = backend;
    this.#clock = clock;
    this.#ttlMs = nodeTtlMs;
    this.#observed = new Observations(clock, nodeTtlMs);
    this.#signs = new NodeSigns(clock);
    this.#lookout = new Lookout({
      clock,
      backend,
      ttlMs: nodeTtlMs,
      signs: this.#signs,
      hasRuns: () => this.#observed.hasRuns,
      orphanAtMs: () => this.#observed.orphanAtMs,
      seen: (look) => this.#seen(look),
      pruneFailed: (error) => this.#listener?.warned(notPruned(this.name, error)),
    });
    this.#folder = new BatchFolder(
      this.#observed.views,
      spanIds(clock, () => this.#nodeId),
    );
    this.#queue = new BatchQueue({
      clock,
      backend,
      folder: this.#folder,
      listener: {
        answered: (views, reading) => {
          this.#trust(reading);
          this.#listener?.clock(reading);
          this.#observed.answered(views);
        },
        ride: () => this.#lookout.ride(),
        rode: (request, sight, reading) => this.#lookout.take(request, sight, reading),
        refusing: (entry) => this.#observed.refusing(entry),
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
    await mustBeAlone(session, this.#backend, { clock: this.#clock, ttlMs: this.#ttlMs });
    const look = await this.#lookout.enter(session);
    const claims = await this.#backend.openClaims();
    this.#listener = listener;
    this.#enter(look.sight);
    // The caller has to hear first what was in the store.
    this.#clock.defer(() => void this.#seen(look));
    this.#lookout.start((news) => this.#observed.heard(news, this.#historyId));
    const ofGone = new Set(look.sight.orphans.map(({ runId }) => runId));
    this.#observed.begin(session.nodeId, listener, ofGone);
    // Claims under this node's own name were left by an earlier supervisor thread of this very process.
    const openClaims = claims.filter(({ runId, nodeId }) => ofGone.has(runId) || nodeId === session.nodeId);
    return { schedules: this.#observed.views.states(), openClaims };
  }

  write(entry: ScheduleEntry): Promise<WriteAnswer> {
    return this.#queue.add(entry);
  }

  /** The next look writes it. If looks or writes fail, writing it shows that. */
  async beat(atMs: number): Promise<void> {
    if (this.#lookout.isQuiet && !this.#queue.isFailing) this.#signs.seen(atMs);
    else await this.#queue.add({ kind: 'seen', atMs });
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
    const { seenAtMs } = this.#signs;
    if (seenAtMs !== undefined) await this.#queue.add({ kind: 'seen', atMs: seenAtMs });
    await this.#queue.barrier();
    return this.#backend.facts(key, atMs);
  }

  announceGroup(sign: GroupSign): Promise<GroupRoster> {
    return this.#signs.announce(sign, this.#backend, this.#lookout.isQuiet);
  }

  readonly seenClaims = (): readonly Claim[] => this.#observed.views.claims();
  readonly readGroup: SharedBackend['readGroup'] = (id) => this.#backend.readGroup(id);
  readonly kv: SharedBackend['kv'] = (request) => this.#backend.kv(request);
  readonly operated = (operation: AuditEntry) => this.#queue.add({ kind: 'operated', operation });
  readonly audit: SharedBackend['audit'] = (query) => this.#queue.barrier().then(() => this.#backend.audit(query));

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
    this.#observed.views.replace(views);
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
    if (look.sight.isReplaced) return this.#replaced();
    const ownClaims = look.sight.views.flatMap(({ claims }) => claims).filter(({ nodeId }) => nodeId === this.#nodeId);
    const kept = new Set(ownClaims.map(({ runId }) => runId));
    const known = this.#observed.views.claimedBy(this.#nodeId).map(({ runId }) => runId);
    const forgottenRunIds = known.filter((runId) => !kept.has(runId));
    const unknown = await unrecorded(forgottenRunIds, this.#backend);
    this.#enter(look.sight);
    this.#folder.forget(unknown);
    this.#queue.refuseCompared(SETTLE_MS, SETTLING);
    this.#listener?.warned(historyChanged(this.name));
    this.#listener?.historyChanged({ schedules: this.#observed.views.states(), forgottenRunIds, ownClaims });
    this.#seen(look);
  }

  /** Returns whether the sight was taken in. */
  #seen({ sight, reading, isInformed }: Look): boolean {
    if (sight.isReplaced) this.#replaced();
    else this.#trust(reading);
    // If this fails, the next look asks again.
    const isOther = !sight.isReplaced && sight.historyId !== this.#historyId;
    if (isOther) void this.#reenter().catch(() => {});
    if (sight.isReplaced || isOther) return false;
    this.#listener?.roster(sight.nodeIds, reading);
    const isNews = this.#observed.learn(sight.views);
    if (isNews && isInformed) this.#backend.doubtNews?.();
    this.#observed.sawOrphans(sight, reading);
    return true;
  }

  /** This process was stopped for so long that another one could take its name. It has no claims, and gets none. */
  #replaced(): void {
    this.#lookout.stop();
    // No answer is a proof of its life any more.
    this.#ttlMs = 0;
    this.#queue.refuseCompared(Number.POSITIVE_INFINITY, TAKEN);
    this.#listener?.warned(nodeIdTaken(this.name, this.#nodeId));
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
}
