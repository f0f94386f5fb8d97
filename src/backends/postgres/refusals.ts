import type { RefusedRow } from '../../machines/stored-rows/read-rows.ts';

/** How many rows are remembered, so that each is reported once. */
const MAX_REMEMBERED = 1_000;

/** A row that cannot be used, where it is, and what it holds. */
export interface FoundRow extends RefusedRow {
  /** The schedule's key or the row's id, by which the database finds it; a claim is found by what it holds. */
  readonly place: string;
  readonly document: unknown;
}

/**
 * What becomes of rows that cannot be used: each is reported once, and the database keeps it for an operator. A
 * schedule's row stays until the schedule is registered anew; any other row leaves its table.
 */
export class Refusals {
  readonly #keep: (row: FoundRow) => Promise<boolean>;
  readonly #reported = new Set<string>();
  #heard: (row: RefusedRow) => void = () => {};

  /** @param keep Has the database keep the row. Resolves to whether the row has left its table. */
  constructor(keep: (row: FoundRow) => Promise<boolean>) {
    this.#keep = keep;
  }

  /** From now on `heard` hears of each row. */
  report(heard: (row: RefusedRow) => void): void {
    this.#heard = heard;
  }

  /** Never rejects: a row that cannot be moved is passed over where it is. */
  async refuse(row: FoundRow): Promise<boolean> {
    const { kind, key, problem, place, document } = row;
    const id = `${kind} ${place} ${String(document)}`;
    if (!this.#reported.has(id)) this.#heard({ kind, key, problem });
    if (this.#reported.size >= MAX_REMEMBERED) this.#reported.clear();
    this.#reported.add(id);
    return this.#keep(row).catch(() => false);
  }
}
