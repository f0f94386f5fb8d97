/**
 * What this node has seen of the shared store, whether in a look, in the answer to a write or in the news of another
 * node, and what its supervisor hears of that. Nothing is reported before somebody listens.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import { keyOf } from '../../machines/schedule-entries.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { StoreListener } from '../../supervisor/ports/store.ts';
import { ClockJumps } from './looking/clock-jumps.ts';
import { OrphanNotices } from './orphan-notices.ts';
import { ScheduleViews } from './schedule-views.ts';
import type { ScheduleView, Sight, StoreNews } from './shared-backend.ts';

export class Observations {
  readonly views = new ScheduleViews();
  readonly #orphans: OrphanNotices;
  #listener: StoreListener | null = null;
  #nodeId = '';

  readonly #clockJumps: ClockJumps;

  constructor(clock: Clock, ttlMs: number) {
    this.#orphans = new OrphanNotices(clock);
    this.#clockJumps = new ClockJumps(ttlMs);
  }

  /** When an orphan that was seen has to be looked at again, monotonic milliseconds. */
  get orphanAtMs(): number {
    return this.#orphans.nextAtMs;
  }

  get hasRuns(): boolean {
    return this.views.claimedBy(this.#nodeId).length > 0;
  }

  /** @param reported Orphans that the listener hears of in another way. */
  begin(nodeId: string, listener: StoreListener, reported: ReadonlySet<string>): void {
    this.#nodeId = nodeId;
    this.#listener = listener;
    this.#orphans.reported([...reported]);
  }

  /** Takes in what other nodes have changed. Returns whether any of it is news. */
  learn(views: readonly ScheduleView[]): boolean {
    const news = this.views.learn(views);
    const states = news.flatMap(({ state }) => state ?? []);
    if (states.length > 0) this.#listener?.changed(states);
    return news.length > 0;
  }

  /** Takes in how schedules stand that this node has just written, and others that have changed unseen. */
  answered({ own, others }: Readonly<Record<'own' | 'others', readonly ScheduleView[]>>): void {
    this.views.learn(own);
    this.learn(others);
  }

  /** Takes in what another node says. Returns false if that asks for a look. */
  heard({ historyId, view, changed }: StoreNews, ownHistoryId: string): boolean {
    if (historyId !== ownHistoryId) return false;
    if (view !== undefined) this.learn([view]);
    return view !== undefined || (changed !== undefined && this.views.get(changed.key).revision >= changed.revision);
  }

  sawOrphans({ orphans }: Sight, reading: ClockReading): void {
    const ofOthers = orphans.filter(({ nodeId }) => nodeId !== this.#nodeId);
    const due = this.#orphans.due(
      ofOthers.map(({ runId }) => runId),
      this.#clockJumps.confirmMs(reading),
    );
    if (due.size > 0) this.#listener?.orphaned(ofOthers.filter(({ runId }) => due.has(runId)));
  }

  /** Sends the current state before the refusal of an entry, so that the supervisor knows why. */
  refusing(entry: LedgerEntry): void {
    if (entry.kind !== 'claimed' && entry.kind !== 'decided' && entry.kind !== 'repositioned') return;
    const { state } = this.views.get(keyOf(entry));
    if (state !== undefined) this.#listener?.changed([state]);
  }
}
