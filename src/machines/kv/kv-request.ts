/**
 * The key-value space in which plugins keep what a later run needs, in the words in which every store is asked. Who may
 * ask for what was decided before: a store compares no names and knows no permissions.
 */

/** A key of 1 to 512 bytes in UTF-8, without lone surrogates, in one space. See `kv-names.ts` for what a space is. */
export interface KvPlace {
  /** The space of the plugin that is meant. */
  readonly space: string;
  /** The key of the entry. */
  readonly key: string;
}

/** Writes an entry. It counts as its owner's from then on, whoever wrote it before. */
export interface KvSet extends KvPlace {
  /** Which request it is. */
  readonly kind: 'kv.set';
  /** JSON text. */
  readonly value: string;
  /** The installation that writes it, whose quota it uses. */
  readonly owner: string;
  /**
   * What all entries of the owner may take, by `entryBytes`. An entry that does not fit is refused, and then nothing has
   * changed.
   */
  readonly quotaBytes: number;
}

/** Deletes an entry. */
export interface KvDelete extends KvPlace {
  /** Which request it is. */
  readonly kind: 'kv.delete';
}

/** Asks for an entry. */
export interface KvGet extends KvPlace {
  /** Which request it is. */
  readonly kind: 'kv.get';
}

/** Asks for keys that begin with `prefix` and come after `after`, in the order of their bytes in UTF-8. */
export interface KvList {
  /** Which request it is. */
  readonly kind: 'kv.list';
  /** The space of the plugin that is meant. */
  readonly space: string;
  /** How the keys begin; empty for all. */
  readonly prefix: string;
  /** Null: from the first. It need not exist. */
  readonly after: string | null;
  /** How many keys at most. */
  readonly limit: number;
}

/** What changes a space. A store keeps it in order with its other writes. */
export type KvChange = KvSet | KvDelete;

/** What a plugin may ask of its `kv`. */
export type KvRequest = KvChange | KvGet | KvList;

/**
 * To `kv.set`: whether it was written, false when the quota is used up. To `kv.delete`: whether there was an entry. To
 * `kv.get`: the JSON text, null when there is none. To `kv.list`: the keys.
 */
export type KvAnswer = boolean | string | null | readonly string[];

/** An entry as it is kept. */
export interface KvEntry extends KvPlace {
  readonly value: string;
  readonly owner: string;
}

export function isKvChange(entry: { readonly kind: string }): entry is KvChange {
  return entry.kind === 'kv.set' || entry.kind === 'kv.delete';
}
