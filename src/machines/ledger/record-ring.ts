import { isOrdinary } from '../packing/ordinary-runs.ts';
import { RunTable } from '../packing/run-table.ts';
import type { Outcome, RunRecord } from '../run.ts';

/** What records are searched by. It is read from the columns, so that only the records that match are made. */
export class RecordView {
  readonly #table: RunTable;
  readonly #odd: ReadonlyMap<number, RunRecord>;
  row = 0;

  constructor(table: RunTable, odd: ReadonlyMap<number, RunRecord>) {
    this.#table = table;
    this.#odd = odd;
  }

  get runId(): string {
    return this.#table.runId(this.row);
  }

  get key(): string {
    return this.#table.key(this.row);
  }

  get outcome(): Outcome {
    return this.#table.outcome(this.row);
  }

  get scheduledAtMs(): number {
    return this.#table.scheduledAtMs(this.row);
  }

  get finishedAtMs(): number {
    return this.#table.finishedAtMs(this.row);
  }

  get recoveryOf(): string | undefined {
    return this.#odd.get(this.row)?.recoveryOf;
  }
}

/**
 * The newest records, `capacity` at most. They are kept in columns: ten thousand of them as objects cost the garbage
 * collector as much as all else that a short run makes.
 */
export class RecordRing {
  readonly #capacity: number;
  readonly #table = new RunTable();
  /** Records that do not fit into a row, by their row. What they are searched by is in the row all the same. */
  readonly #odd = new Map<number, RunRecord>();
  readonly #view = new RecordView(this.#table, this.#odd);
  #size = 0;
  /** Where the oldest record is, once the ring is full. */
  #oldest = 0;

  constructor(capacity: number, records: readonly RunRecord[] = []) {
    this.#capacity = capacity;
    for (const record of records.slice(Math.max(records.length - capacity, 0))) this.push(record);
  }

  push(record: RunRecord): void {
    if (this.#capacity === 0) return;
    const row = this.#size < this.#capacity ? this.#size : this.#oldest;
    if (this.#size < this.#capacity) this.#size += 1;
    else this.#oldest = (this.#oldest + 1) % this.#capacity;
    this.#table.clear(row, record.runId);
    this.#table.setRecord(row, record);
    if (!isOrdinary(record)) this.#odd.set(row, record);
    else if (this.#odd.size > 0) this.#odd.delete(row);
  }

  /** Oldest first. */
  items(): RunRecord[] {
    return Array.from({ length: this.#size }, (_, index) => this.#at(this.#rowOf(this.#size - 1 - index)));
  }

  /** The newest records that match, newest first. The view is only good within the call. */
  newest(matches: (view: RecordView) => boolean, limit: number): RunRecord[] {
    const found: RunRecord[] = [];
    for (let age = 0; age < this.#size && found.length < limit; age += 1) {
      const row = this.#rowOf(age);
      this.#view.row = row;
      if (matches(this.#view)) found.push(this.#at(row));
    }
    return found;
  }

  #at(row: number): RunRecord {
    return this.#odd.get(row) ?? this.#table.record(row);
  }

  /** The row of the record that `age` newer ones came after. */
  #rowOf(age: number): number {
    return (this.#oldest + this.#size - 1 - age) % this.#size;
  }
}
