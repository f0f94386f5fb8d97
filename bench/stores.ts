import { type BackendDescription, memoryStore, sqliteStore } from '../src/index.ts';

export type StoreName = 'memory' | 'sqlite relaxed' | 'sqlite strict';

export const STORE_NAMES: readonly StoreName[] = ['memory', 'sqlite relaxed', 'sqlite strict'];

/** @param path The file of a store on disk. */
export function storeOf(name: StoreName, path: string): BackendDescription {
  if (name === 'memory') return memoryStore();
  return sqliteStore({ path, durability: name === 'sqlite strict' ? 'strict' : 'relaxed' });
}
