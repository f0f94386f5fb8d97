/** Rules for stores that keep what operators did. A store without `operated` and `audit` passes them. */
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import type { StateStore } from '../../supervisor/ports/store.ts';
import { mustEqual, type StoreRule } from './store-nodes.ts';

/** Everything that an entry can have, with a text that no database should stumble over. */
function paused(key: string, atMs: number, own: Partial<AuditEntry> = {}): AuditEntry {
  return { atMs, nodeId: 'node', by: 'ada \u0000 ü 🔒', action: 'pause', key, note: 'maintenance', ...own };
}

async function keep(store: StateStore, ...entries: readonly AuditEntry[]): Promise<void> {
  for (const entry of entries) await (store as Required<StateStore>).operated(entry);
}

function asked(store: StateStore, query: AuditQuery): Promise<readonly AuditEntry[]> {
  return (store as Required<StateStore>).audit(query);
}

export const AUDIT_RULES: readonly StoreRule[] = [
  [
    'keeps what operators did as they did it, also when it is opened anew',
    async ({ key, open }) => {
      const first = await open();
      const reload: AuditEntry = { atMs: 2_000, nodeId: 'node', by: 'host', action: 'reload', plugin: key };
      const abort = paused(key, 3_000, { action: 'abort', runId: 'r', refusal: 'Run "r" is not under way.' });
      await keep(first.store, paused(key, 1_000), reload, abort);
      await first.close();
      const { store } = await open();
      const all = await asked(store, { limit: 1_000 });
      const own = all.filter((entry) => entry.key === key || entry.plugin === key);
      mustEqual(own, [abort, reload, paused(key, 1_000)], 'operations are not as they were written, newest first');
    },
  ],
  [
    'finds what operators did by schedule and time',
    async ({ key, open }) => {
      const { store } = await open();
      const entries = [1_000, 2_000, 3_000].map((atMs) => paused(key, atMs));
      await keep(store, paused(`${key} 2`, 2_500), ...entries);
      const times = async (query: AuditQuery): Promise<number[]> =>
        (await asked(store, { key, ...query })).map(({ atMs }) => atMs);
      mustEqual(await times({}), [3_000, 2_000, 1_000], 'the operations of a schedule are not all of its own');
      mustEqual(await times({ until: 3_000 }), [2_000, 1_000], 'until is exclusive');
      mustEqual(await times({ limit: 2 }), [3_000, 2_000], 'operations ignore the limit');
    },
  ],
];
