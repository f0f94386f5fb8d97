/** What plugins keep, in the table `kv`. Keys are kept as bytes, because their order is that of bytes. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { entryBytes } from '../../../../machines/kv/kv-names.ts';
import type { KvChange, KvDelete, KvGet, KvList, KvSet } from '../../../../machines/kv/kv-request.ts';

/** No byte of UTF-8 is as high, so every key that begins with a prefix comes before the prefix and this byte. */
const BEYOND = Buffer.from([0xff]);

export class KvRows {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(connection: DatabaseSync) {
    this.#statements = prepare(connection);
  }

  get({ space, key }: KvGet): string | null {
    const row = this.#statements.get.get(space, bytesOf(key));
    return typeof row?.['value'] === 'string' ? row['value'] : null;
  }

  list({ space, prefix, after, limit }: KvList): string[] {
    const from = bytesOf(prefix);
    const rows = this.#statements.list.all(
      space,
      from,
      Buffer.concat([from, BEYOND]),
      // An empty blob is before every key.
      bytesOf(after ?? ''),
      limit,
    );
    return rows.flatMap(({ key }) => (key instanceof Uint8Array ? Buffer.from(key).toString('utf8') : []));
  }

  /** The caller has begun a transaction. Returns false when nothing has changed, as `KvTable` does. */
  change(change: KvChange): boolean {
    return change.kind === 'kv.set' ? this.#set(change) : this.#delete(change);
  }

  #set({ space, key, value, owner, quotaBytes }: KvSet): boolean {
    const bytes = entryBytes(key, value);
    const place = bytesOf(key);
    const before = this.#statements.size.get(space, place, owner)?.['bytes'] ?? 0;
    const used = Number(this.#statements.used.get(owner)?.['used']) - Number(before);
    if (used + bytes > quotaBytes) return false;
    this.#statements.set.run(space, place, value, owner, bytes);
    return true;
  }

  #delete({ space, key }: KvDelete): boolean {
    return Number(this.#statements.delete.run(space, bytesOf(key)).changes) > 0;
  }
}

function bytesOf(key: string): Uint8Array {
  return Buffer.from(key, 'utf8');
}

function prepare(connection: DatabaseSync) {
  const statement = (sql: string): StatementSync => connection.prepare(sql);
  return {
    get: statement('SELECT value FROM kv WHERE space = ? AND key = ?'),
    list: statement('SELECT key FROM kv WHERE space = ? AND key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?'),
    size: statement('SELECT bytes FROM kv WHERE space = ? AND key = ? AND owner = ?'),
    used: statement('SELECT total(bytes) AS used FROM kv WHERE owner = ?'),
    set: statement(
      'INSERT INTO kv (space, key, value, owner, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, owner = excluded.owner, bytes = excluded.bytes',
    ),
    delete: statement('DELETE FROM kv WHERE space = ? AND key = ?'),
  };
}
