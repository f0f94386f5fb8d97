import type { Claim } from '../../machines/schedule-entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { ScheduleView } from './shared-backend.ts';

/**
 * How schedules stand in the database, as this node last saw them. It ignores views that are older than what it knows.
 */
export class ScheduleViews {
  readonly #views = new Map<string, ScheduleView>();
  /** By run: those under way. */
  readonly #claims = new Map<string, Claim>();

  get(key: string): ScheduleView {
    return this.#views.get(key) ?? { key, revision: 0, claims: [] };
  }

  /** Returns the views that are news. */
  learn(views: readonly ScheduleView[]): ScheduleView[] {
    const news = views.filter((view) => view.revision > this.get(view.key).revision);
    for (const view of news) this.#put(view);
    return news;
  }

  /** The database has another history: only these views count. */
  replace(views: readonly ScheduleView[]): void {
    this.#views.clear();
    this.#claims.clear();
    for (const view of views) this.#put(view);
  }

  /** The runs under way of all nodes. */
  claims(): Claim[] {
    return [...this.#claims.values()];
  }

  /** The runs under way of a node. */
  claimedBy(nodeId: string): Claim[] {
    return this.claims().filter((claim) => claim.nodeId === nodeId);
  }

  states(): ScheduleState[] {
    return [...this.#views.values()].flatMap(({ state }) => state ?? []);
  }

  #put(view: ScheduleView): void {
    for (const { runId } of this.get(view.key).claims) this.#claims.delete(runId);
    for (const claim of view.claims) this.#claims.set(claim.runId, claim);
    this.#views.set(view.key, view);
  }

  /** The highest revision among some of them. */
  static newest(views: readonly ScheduleView[], atLeast: number): number {
    return views.reduce((newest, { revision }) => Math.max(newest, revision), atLeast);
  }
}

/** A schedule while a batch is folded onto it. */
export class ScheduleDraft {
  readonly key: string;
  readonly revision: number;
  readonly claimed = new Map<string, Claim>();
  readonly unclaimed: string[] = [];
  readonly #claims: Map<string, Claim>;
  state: ScheduleState | undefined;
  isChanged = false;

  constructor({ key, revision, state, claims }: ScheduleView) {
    this.key = key;
    this.revision = revision;
    this.state = state;
    this.#claims = new Map(claims.map((claim) => [claim.runId, claim]));
  }

  get claims(): Claim[] {
    return [...this.#claims.values()];
  }

  isOpen(runId: string): boolean {
    return this.#claims.has(runId);
  }

  claim(claim: Claim): void {
    this.#claims.set(claim.runId, claim);
    this.claimed.set(claim.runId, claim);
  }

  close(runId: string): void {
    if (!this.#claims.delete(runId)) return;
    // A claim of the same batch has never been in the database.
    if (!this.claimed.delete(runId)) this.unclaimed.push(runId);
  }

  view(revision: number): ScheduleView {
    return { key: this.key, revision, claims: [...this.#claims.values()], ...(this.state && { state: this.state }) };
  }
}
