import { utf8Length } from './utf8.ts';

/** For whom a plugin is installed. */
export interface KvOwner {
  readonly plugin: string;
  readonly tenantId?: string;
  readonly siteId?: string;
}

/** The longest key, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 512;
/** The longest value, in bytes of JSON text. */
export const MAX_VALUE_BYTES = 256 * 1_024;
/** An entry counts as at least so many bytes, so that a quota bounds the number of entries, too. */
const LEAST_ENTRY_BYTES = 64;

/** The name of one installation: the JSON text keeps the three parts apart, whatever they contain. */
export function ownerName({ plugin, tenantId, siteId }: KvOwner): string {
  return JSON.stringify([plugin, tenantId ?? null, siteId ?? null]);
}

/**
 * The name of a space. A plugin's own is that of its installation alone; a namespace is common to all plugins of the
 * same tenant and site that may use it.
 */
export function spaceName(owner: KvOwner, namespace: string | null): string {
  if (namespace === null) return ownerName(owner);
  return JSON.stringify([{ namespace }, owner.tenantId ?? null, owner.siteId ?? null]);
}

/** What an entry takes of a quota: its key and its value in UTF-8. */
export function entryBytes(key: string, value: string): number {
  return Math.max(utf8Length(key) + utf8Length(value), LEAST_ENTRY_BYTES);
}
