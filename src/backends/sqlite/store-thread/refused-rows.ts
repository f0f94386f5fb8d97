import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { RefusedRow, RowKind } from '../../../machines/stored-rows/read-rows.ts';
import { reasonOf } from '../../../wire/error-record.ts';

/** How many rows are kept for an operator, the newest ones. */
const MAX_KEPT = 10_000;

/** How a row is found, and which of its columns are worth keeping. */
const TABLES: Readonly<Record<RowKind, { readonly place: string; readonly content: string; readonly key: string }>> = {
  schedules: { place: 'key = ?', content: 'state', key: 'key' },
  claims: { place: 'run_id = ?', content: 'claim', key: 'key' },
  runs: { place: 'id = CAST(? AS INTEGER)', content: "record || coalesce(char(10) || log, '')", key: 'key' },
  decisions: { place: 'id = CAST(? AS INTEGER)', content: 'decision', key: 'key' },
  audit: { place: 'id = CAST(? AS INTEGER)', content: 'operation', key: "coalesce(key, '')" },
  life: { place: 'id = CAST(? AS INTEGER)', content: 'event', key: 'key' },
  sessions: {
    place: 'id = CAST(? AS INTEGER)',
    content: "quote(incarnation) || ' ' || quote(node) || ' ' || quote(started_at) || ' ' || quote(seen_at)",
    key: "''",
  },
};

/** Hears of a row that cannot be used. Returns whether it is gone from its table. */
export type RefuseRow = (row: RefusedRow, place: SQLInputValue) => boolean;

export interface RefusedRowsListener {
  nowMs(): number;
  /** @param keptIn Where the row is kept now, as a sentence ends. */
  refused(row: RefusedRow, keptIn: string): void;
}

/** Moves rows that cannot be used into a table of their own, where an operator can look at them. */
export class RefusedRows {
  readonly #connection: DatabaseSync;
  readonly #listener: RefusedRowsListener;
  /** Rows that could not be moved: they are reported once. */
  readonly #unmoved = new Set<string>();

  constructor(connection: DatabaseSync, listener: RefusedRowsListener) {
    this.#connection = connection;
    this.#listener = listener;
  }

  /** May be called within a transaction. Never throws. */
  refuse(row: RefusedRow, place: SQLInputValue): boolean {
    try {
      this.#move(row, place);
      this.#listener.refused(row, 'it is kept in the table "refused" of the store');
      return true;
    } catch (error) {
      const id = `${row.kind} ${String(place)}`;
      if (!this.#unmoved.has(id)) this.#listener.refused(row, `it is passed over where it is (${reasonOf(error)})`);
      this.#unmoved.add(id);
      return false;
    }
  }

  #move({ kind, problem }: RefusedRow, placeOfRow: SQLInputValue): void {
    const { place, content, key } = TABLES[kind];
    this.#connection.exec('SAVEPOINT refusal');
    try {
      const move = `INSERT INTO refused (at, source, reason, key, content) SELECT ?, ?, ?, ${key}, ${content} FROM ${kind} WHERE ${place}`;
      this.#connection.prepare(move).run(this.#listener.nowMs(), kind, problem, placeOfRow);
      const { changes } = this.#connection.prepare(`DELETE FROM ${kind} WHERE ${place}`).run(placeOfRow);
      if (Number(changes) === 0) throw new Error('it cannot be found by its own columns');
      this.#connection.exec(
        `DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ${MAX_KEPT}; RELEASE refusal`,
      );
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK TO refusal; RELEASE refusal');
      throw error;
    }
  }
}
