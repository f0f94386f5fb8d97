/**
 * Folds entries onto schedules as this node sees them. An entry that is admitted changes its schedule, any other is
 * refused, and all of it holds only if the schedules stand in the database as they were seen. `fold` says how an entry
 * changes a schedule, as for every store.
 */
import { isAdmitted, isForCluster } from '../../machines/admission.ts';
import { notBeforeMs } from '../../machines/cluster-time/early-claims.ts';
import { extended } from '../../machines/ledger/decision-span.ts';
import { type LedgerEntry, writtenAtMs } from '../../machines/ledger/entries.ts';
import type { AuditEntry } from '../../machines/operating/audit.ts';
import type { Decision } from '../../machines/run.ts';
import { keyOf, type ScheduleEntry, type SettledRun } from '../../machines/schedule-entries.ts';
import { type LifeEvent, lifeEvents } from '../../machines/schedule-life.ts';
import { fold } from '../../machines/schedule-state.ts';
import type { WriteAnswer } from '../../supervisor/ports/store.ts';
import { ScheduleDraft, type ScheduleViews } from './schedule-views.ts';
import type { DecisionSpan, FoldedBatch, ScheduleView } from './shared-backend.ts';

/** Folded entries. */
export interface Fold {
  readonly batch: Omit<FoldedBatch, 'number'>;
  /** In the order of the entries. */
  readonly answers: readonly WriteAnswer[];
  /** How the schedules stand once the batch is written with these revisions. */
  viewsAfter(revisions: ReadonlyMap<string, number>): ScheduleView[];
  /** Called when the batch was written: later batches may extend its decisions. */
  keep(): void;
}

export class BatchFolder {
  readonly #views: ScheduleViews;
  readonly #newSpanId: () => string;
  /** By schedule: this node's last decision, while a later one may extend it. */
  #spans = new Map<string, DecisionSpan>();
  /** This node's runs whose claims the database has forgotten. What becomes of them is written all the same. */
  readonly #forgotten = new Set<string>();

  constructor(views: ScheduleViews, newSpanId: () => string) {
    this.#views = views;
    this.#newSpanId = newSpanId;
  }

  fold(entries: readonly LedgerEntry[]): Fold {
    const folding = new Folding(
      this.#views,
      { spans: new Map(this.#spans), forgotten: this.#forgotten },
      this.#newSpanId,
    );
    const answers = entries.map((entry) => folding.apply(entry));
    return {
      batch: folding.batch(entries),
      answers,
      viewsAfter: (revisions) => folding.viewsAfter(revisions),
      keep: () => {
        this.#spans = folding.spans;
        for (const runId of folding.remembered) this.#forgotten.delete(runId);
      },
    };
  }

  /** The database has another history, without the claims of these runs. */
  forget(runIds: readonly string[]): void {
    this.#spans.clear();
    for (const runId of runIds) this.#forgotten.add(runId);
  }
}

class Folding {
  readonly spans: Map<string, DecisionSpan>;
  /** Runs whose end is written although their claim is gone. */
  readonly remembered: string[] = [];
  readonly #forgotten: ReadonlySet<string>;
  readonly #views: ScheduleViews;
  readonly #newSpanId: () => string;
  readonly #drafts = new Map<string, ScheduleDraft>();
  readonly #runs: SettledRun[] = [];
  readonly #decisions = new Map<string, DecisionSpan>();
  readonly #life: LifeEvent[] = [];
  readonly #operations: AuditEntry[] = [];
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(
    views: ScheduleViews,
    { spans, forgotten }: { spans: Map<string, DecisionSpan>; forgotten: ReadonlySet<string> },
    newSpanId: () => string,
  ) {
    this.#views = views;
    this.spans = spans;
    this.#forgotten = forgotten;
    this.#newSpanId = newSpanId;
  }

  apply(entry: LedgerEntry): WriteAnswer {
    switch (entry.kind) {
      case 'opened':
      case 'seen':
      case 'closed':
        return { isTaken: true };
      case 'operated':
        this.#operations.push(entry.operation);
        return { isTaken: true };
      default:
        return this.#applyToSchedule(entry);
    }
  }

  batch(entries: readonly LedgerEntry[]): Omit<FoldedBatch, 'number'> {
    const drafts = [...this.#drafts.values()];
    let seenAtMs = Number.NEGATIVE_INFINITY;
    for (const entry of entries) seenAtMs = Math.max(seenAtMs, writtenAtMs(entry) ?? seenAtMs);
    return {
      changes: drafts
        .filter(({ isChanged }) => isChanged)
        .map(({ key, revision, state, claimed, unclaimed }) => ({
          key,
          revision,
          ...(state && { state }),
          claimed: [...claimed.values()],
          unclaimed,
        })),
      checks: drafts.filter(({ isChanged }) => !isChanged).map(({ key, revision }) => ({ key, revision })),
      runs: this.#runs,
      decisions: [...this.#decisions.values()],
      life: this.#life,
      ...(this.#operations.length > 0 && { operations: this.#operations }),
      ...(this.#notBeforeMs > Number.NEGATIVE_INFINITY && { notBeforeMs: this.#notBeforeMs }),
      ...(seenAtMs > Number.NEGATIVE_INFINITY && { seenAtMs }),
    };
  }

  viewsAfter(revisions: ReadonlyMap<string, number>): ScheduleView[] {
    return [...this.#drafts.values()].flatMap((draft) => {
      const revision = revisions.get(draft.key);
      return revision === undefined ? [] : [draft.view(revision)];
    });
  }

  #applyToSchedule(given: ScheduleEntry): WriteAnswer {
    const entry = this.#ofForgotten(given);
    const draft = this.#draftOf(keyOf(entry));
    // The claim is written again, because nobody knew whether the first write succeeded.
    if (entry.kind === 'claimed' && draft.isOpen(entry.claim.runId)) return granted(draft);
    const isBusy = draft.claims.some(isForCluster);
    const isOpen = entry.kind === 'settled' && draft.isOpen(entry.settled.record.runId);
    if (!isAdmitted(draft.state, entry, { isBusy, isOpen })) return { isTaken: false };
    const before = draft.state;
    draft.state = fold(before, entry);
    draft.isChanged = true;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, notBeforeMs(entry) ?? Number.NEGATIVE_INFINITY);
    this.#live(draft.key, lifeEvents(before, entry));
    if (entry.kind === 'claimed') {
      draft.claim(entry.claim);
      return granted(draft);
    }
    if (entry.kind === 'settled') this.#settle(draft, entry.settled);
    if (entry.kind === 'decided') this.#decide(entry.decision);
    return { isTaken: true };
  }

  /** The end of a run whose claim is gone is that of a run which was never claimed. */
  #ofForgotten(entry: ScheduleEntry): ScheduleEntry {
    if (entry.kind !== 'settled' || !this.#forgotten.has(entry.settled.record.runId)) return entry;
    this.remembered.push(entry.settled.record.runId);
    return { ...entry, settled: { ...entry.settled, isUnclaimed: true } };
  }

  #draftOf(key: string): ScheduleDraft {
    const draft = this.#drafts.get(key) ?? new ScheduleDraft(this.#views.get(key));
    this.#drafts.set(key, draft);
    return draft;
  }

  #settle(draft: ScheduleDraft, settled: SettledRun): void {
    draft.close(settled.record.runId);
    this.#runs.push(settled);
  }

  #decide(decision: Decision): void {
    const last = this.spans.get(decision.key);
    const longer = last === undefined ? null : extended(last.decision, decision);
    const span =
      last !== undefined && longer !== null
        ? { spanId: last.spanId, decision: longer }
        : { spanId: this.#newSpanId(), decision };
    this.spans.set(decision.key, span);
    this.#decisions.set(span.spanId, span);
  }

  #live(key: string, events: readonly LifeEvent[]): void {
    if (events.length > 0) this.spans.delete(key);
    this.#life.push(...events);
  }
}

function granted({ state }: ScheduleDraft): WriteAnswer {
  return { isTaken: true, ...(state?.fencing !== undefined && { fencingToken: String(state.fencing) }) };
}
