/**
 * Key-value spaces in memory: a fold over changes, so that the same changes give the same table in any thread. It is
 * bounded by the quotas of those who write.
 */
import { entryBytes } from './kv-names.ts';
import type { KvAnswer, KvChange, KvEntry, KvList, KvRequest, KvSet } from './kv-request.ts';
import { compareByCodePoint } from './utf8.ts';

interface Kept {
  readonly value: string;
  readonly owner: string;
}

/** One space, and its keys in order. */
interface Space {
  readonly entries: Map<string, Kept>;
  readonly keys: string[];
}

export class KvTable {
  readonly #spaces = new Map<string, Space>();
  /** What each owner's entries take, in bytes. */
  readonly #usedBytes = new Map<string, number>();

  constructor(entries: readonly KvEntry[] = []) {
    for (const entry of entries) {
      this.apply({ kind: 'kv.set', ...entry, quotaBytes: Number.POSITIVE_INFINITY });
    }
  }

  ask(request: KvRequest): KvAnswer {
    switch (request.kind) {
      case 'kv.get':
        return this.#spaces.get(request.space)?.entries.get(request.key)?.value ?? null;
      case 'kv.list':
        return this.#list(request);
      default:
        return this.apply(request);
    }
  }

  /** Returns false when nothing has changed: the quota is used up, or there was no entry to delete. */
  apply(change: KvChange): boolean {
    return change.kind === 'kv.set' ? this.#set(change) : this.#delete(change);
  }

  /** All entries, by space and then by key. */
  entries(): KvEntry[] {
    return [...this.#spaces].flatMap(([space, { entries, keys }]) =>
      keys.map((key) => ({ space, key, ...(entries.get(key) as Kept) })),
    );
  }

  #set({ space, key, value, owner, quotaBytes }: KvSet): boolean {
    const known = this.#spaces.get(space) ?? { entries: new Map<string, Kept>(), keys: [] };
    const before = known.entries.get(key);
    const freedBytes = before?.owner === owner ? entryBytes(key, before.value) : 0;
    const usedBytes = (this.#usedBytes.get(owner) ?? 0) - freedBytes + entryBytes(key, value);
    if (usedBytes > quotaBytes) return false;
    if (before === undefined) known.keys.splice(placeOf(known.keys, key), 0, key);
    else this.#free(key, before);
    known.entries.set(key, { value, owner });
    this.#usedBytes.set(owner, usedBytes);
    this.#spaces.set(space, known);
    return true;
  }

  #delete({ space, key }: Pick<KvEntry, 'space' | 'key'>): boolean {
    const known = this.#spaces.get(space);
    const before = known?.entries.get(key);
    if (known === undefined || before === undefined) return false;
    known.entries.delete(key);
    known.keys.splice(placeOf(known.keys, key), 1);
    this.#free(key, before);
    if (known.keys.length === 0) this.#spaces.delete(space);
    return true;
  }

  #free(key: string, { owner, value }: Kept): void {
    const left = (this.#usedBytes.get(owner) ?? 0) - entryBytes(key, value);
    if (left > 0) this.#usedBytes.set(owner, left);
    else this.#usedBytes.delete(owner);
  }

  #list({ space, prefix, after, limit }: KvList): string[] {
    const keys = this.#spaces.get(space)?.keys ?? [];
    let place = placeOf(keys, prefix);
    if (after !== null) {
      place = Math.max(place, placeOf(keys, after));
      if (keys[place] === after) place += 1;
    }
    const found = keys.slice(place, place + limit);
    // Keys with the same beginning stand together.
    const end = found.findIndex((key) => !key.startsWith(prefix));
    return end === -1 ? found : found.slice(0, end);
  }
}

/** Where a key stands in the list, or would stand. */
function placeOf(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareByCodePoint(keys[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
