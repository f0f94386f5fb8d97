/**
 * Schedules that were new when they were registered, as the host keeps them for the next supervisor thread. Of a
 * schedule that has done nothing yet, nothing is known but its registration. As text that takes about a sixth of what a
 * state takes, and the host reads it only if the supervisor thread dies.
 *
 * As soon as something happens to such a schedule, the host gets its registration once more, as an entry of the ledger
 * that comes before the entry about what happened. From then on the ledger of the host has the schedule.
 */
import type { DeclaredTimes, Registration } from '../schedule-entries.ts';
import type { StoreEntry } from './entries.ts';

/** What the memory store passes on for the host: what it wrote, or a schedule that is new. */
export type ReplicatedEntry = StoreEntry | { readonly kind: 'introduced'; readonly registration: Registration };

/** How a schedule is declared, without its expression. */
type Terms = Omit<DeclaredTimes, 'cron'>;

/** New schedules that were registered in a row. Grows until it is sent. */
export interface Introductions {
  readonly kind: 'introductions';
  readonly terms: Terms[];
  /** A line of JSON for each schedule: see `Row`. */
  text: string;
  count: number;
}

/** The cursor is absent where the schedule begins at the instant of its registration. Instants: epoch milliseconds. */
type Row = readonly [key: string, termsIndex: number, cron: string, atMs: number, cursorMs?: number];

/** New schedules of which nothing more is known, as plain data. */
export interface IntroducedSchedules {
  readonly batches: readonly Introductions[];
  /** The keys of schedules that are in a batch, and were forgotten since. */
  readonly forgotten: readonly string[];
}

export function introductionsOf(registration: Registration): Introductions {
  return batchOf([registration]);
}

/** Adds a schedule to a batch. */
export function introduce(batch: Introductions, { key, atMs, cursorMs, declared }: Registration): void {
  const { cron } = declared;
  const index = termsIndex(batch.terms, declared);
  const row: Row = cursorMs === atMs ? [key, index, cron, atMs] : [key, index, cron, atMs, cursorMs];
  batch.text += batch.count === 0 ? JSON.stringify(row) : `\n${JSON.stringify(row)}`;
  batch.count += 1;
}

/** The registrations of all that is not forgotten, in their order. */
export function* registrationsOf({ batches, forgotten }: IntroducedSchedules): Generator<Registration> {
  const gone = new Set(forgotten);
  for (const { text, terms } of batches) {
    if (text === '') continue;
    for (const line of text.split('\n')) {
      const [key, index, cron, atMs, cursorMs = atMs] = JSON.parse(line) as Row;
      if (!gone.has(key)) yield { key, atMs, cursorMs, declared: { cron, ...(terms[index] as Terms) } };
    }
  }
}

/** How many lines may be out of date before it is worth while to leave them out. */
const MAX_STALE = 1_000;
/** How many forgotten schedules are remembered at least. */
const MIN_FORGOTTEN = 10_000;

/** The host's list. What is out of date takes at most as much room as the rest. */
export class IntroductionLog {
  #batches: Introductions[] = [];
  #count = 0;
  #staleCount = 0;
  /** The longest forgotten first. */
  readonly #forgotten = new Set<string>();
  readonly #maxForgotten: number;

  /** @param maxEvents How many events the ledger keeps: a key whose events are all dropped is not remembered either. */
  constructor(maxEvents = 0) {
    this.#maxForgotten = Math.max(maxEvents, MIN_FORGOTTEN);
  }

  /**
   * Adds a batch. Returns those schedules of it that the ledger must have at once, because it has a part of their lives
   * already: they were forgotten, and are new once more. @throws TypeError for what is not a batch
   */
  add(batch: Introductions): readonly Registration[] {
    const { text, terms, count } = batch;
    if (typeof text !== 'string' || !Array.isArray(terms) || !Number.isSafeInteger(count)) {
      throw new TypeError('a batch of new schedules lacks its text, terms or count');
    }
    const registrations = this.#forgotten.size === 0 ? [] : [...registrationsOf({ batches: [batch], forgotten: [] })];
    const returning = registrations.filter(({ key }) => this.#forgotten.has(key));
    const added =
      returning.length === 0 ? batch : batchOf(registrations.filter(({ key }) => !this.#forgotten.has(key)));
    if (added.count > 0) this.#batches.push(added);
    this.#count += added.count;
    return returning;
  }

  forget(key: string): void {
    this.#forgotten.delete(key);
    this.#forgotten.add(key);
    this.#staleCount += 1;
    const isFull = this.#forgotten.size > this.#maxForgotten;
    if (isFull || (this.#staleCount > MAX_STALE && 2 * this.#staleCount > this.#count)) this.#leaveOutStale();
    if (isFull)
      for (const oldest of [...this.#forgotten].slice(0, this.#maxForgotten / 2)) this.#forgotten.delete(oldest);
  }

  snapshot(): IntroducedSchedules {
    return { batches: this.#batches, forgotten: [...this.#forgotten] };
  }

  #leaveOutStale(): void {
    const batch = batchOf(registrationsOf(this.snapshot()));
    this.#batches = batch.count === 0 ? [] : [batch];
    this.#count = batch.count;
    this.#staleCount = 0;
  }
}

function batchOf(registrations: Iterable<Registration>): Introductions {
  const batch: Introductions = { kind: 'introductions', terms: [], text: '', count: 0 };
  for (const registration of registrations) introduce(batch, registration);
  return batch;
}

/** How many of the last terms are compared, so that a batch of schedules with terms of their own is fast, too. */
const LOOK_BACK = 8;

function termsIndex(known: Terms[], declared: DeclaredTimes): number {
  for (let index = known.length - 1; index >= Math.max(known.length - LOOK_BACK, 0); index -= 1) {
    if (isSame(known[index] as Terms, declared)) return index;
  }
  const { cron: _, ...terms } = declared;
  return known.push(terms) - 1;
}

function isSame(a: Terms, b: Terms): boolean {
  return (
    a.timezone === b.timezone &&
    a.jitterMs === b.jitterMs &&
    a.missedRunPolicy === b.missedRunPolicy &&
    a.isEnabled === b.isEnabled &&
    a.zoneData === b.zoneData
  );
}

/** Whether two declarations say the same. */
export function isSameDeclaration(a: DeclaredTimes, b: DeclaredTimes): boolean {
  return a === b || (a.cron === b.cron && isSame(a, b));
}
