/** The rules for stores, as cases for any test runner. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { StateStore } from '../../supervisor/ports/store.ts';
import { AUDIT_RULES } from './audit-rules.ts';
import type { ConformanceCase, ConformanceOptions } from './conformance-case.ts';
import { KV_RULES } from './kv-rules.ts';
import { SHARED_STORE_RULES } from './shared-store-rules.ts';
import { listening, type OpenedStore, type StoreNodes, type StoreRule } from './store-nodes.ts';
import { STORE_RULES } from './store-rules.ts';

/** Each call makes one more store on the same place: the same file, or the same database. */
export type StoreFactory = () => StateStore | Promise<StateStore>;

/** Instants of the cases are long past, so that no real clock matters. */
const CLOSED_AT_MS = 1_000_000;

/**
 * The cases, in order. Each uses its own schedule and closes what it opened. Cases that need several nodes pass for a
 * store that does not say that it is shared, those about what plugins keep for one without `kv`, and
 * those about what operators did for one without `operated` and `audit`.
 */
export function storeConformance(factory: StoreFactory, options: ConformanceOptions = {}): ConformanceCase[] {
  const wait = options.wait ?? ((ms) => pause(ms));
  const ofOne = STORE_RULES.map((rule) => caseOf(rule, factory, wait));
  const ofPlugins = KV_RULES.map(([name, check]) => caseOf([name, onlyIf(hasKv, check)], factory, wait));
  const ofOperators = AUDIT_RULES.map(([name, check]) => caseOf([name, onlyIf(hasAudit, check)], factory, wait));
  const ofMany = SHARED_STORE_RULES.map(([name, check]) => caseOf([name, onlyIf(isShared, check)], factory, wait));
  return [...ofOne, ...ofPlugins, ...ofOperators, ...ofMany];
}

const isShared = (store: StateStore): boolean => store.isShared === true;
const hasAudit = (store: StateStore): boolean => store.operated !== undefined && store.audit !== undefined;
const hasKv = (store: StateStore): boolean => store.kv !== undefined;

function onlyIf(fits: (store: StateStore) => boolean, check: StoreRule[1]): StoreRule[1] {
  return async (nodes) => {
    const { store, close } = await nodes.open();
    await close();
    if (fits(store)) await check(nodes);
  };
}

function caseOf([name, check]: StoreRule, factory: StoreFactory, wait: (ms: number) => Promise<void>): ConformanceCase {
  return {
    name,
    run: async () => {
      const opened: OpenedStore[] = [];
      const nodes: StoreNodes = {
        key: `conformance/${randomUUID()}`,
        wait,
        open: async (own = {}) => {
          const node = await openedStore(await factory(), own);
          opened.push(node);
          return node;
        },
      };
      try {
        await check(nodes);
      } finally {
        for (const node of opened) await node.close();
      }
    },
  };
}

async function openedStore(
  store: StateStore,
  { atMs = 0, incarnationId = randomUUID() }: { readonly atMs?: number; readonly incarnationId?: string },
): Promise<OpenedStore> {
  const nodeId = randomUUID();
  const reported = { changed: [], orphaned: [], trustedUntilMs: 0, nowMs: null };
  const state = await store.open({ nodeId, incarnationId, atMs }, listening(reported));
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await store.close(CLOSED_AT_MS);
    isClosed = true;
  };
  return { store, state, nodeId, reported, close };
}
