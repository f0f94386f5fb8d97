import { join } from 'node:path';
import type { ScheduleState } from '../../../src/machines/schedule-state.ts';
import type { BackendDescription } from '../../../src/supervisor/supervisor-config.ts';
import { PostgresServer } from '../../support/servers/postgres-server.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';
import type { NodeBackends } from './campaign.ts';

export const BACKENDS = ['redis', 'postgres', 'sqlite', 'postgres-store'] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface StartedBackends extends NodeBackends {
  /** What is wrong in a store that the nodes shared, after all have stopped. */
  readonly audit?: () => Promise<string[]>;
  stop(): Promise<void>;
}

const OWN_STORE: BackendDescription = { module: 'builtin:memory-store', options: {} };

/** Starts what the nodes agree by. */
export async function startBackends(name: BackendName, folder: string): Promise<StartedBackends> {
  switch (name) {
    case 'sqlite': {
      const locking = { module: 'builtin:sqlite-locking', options: { path: join(folder, 'locks.db') } };
      return { store: OWN_STORE, locking, stop: async () => {} };
    }
    case 'redis': {
      // It has to keep what it was told through a restart: claims that are gone do not hold.
      const server = await RedisServer.start('--appendonly', 'yes');
      const locking = { module: 'builtin:redis-locking', options: { url: server.url } };
      return { store: OWN_STORE, locking, server, stop: () => server.stop() };
    }
    case 'postgres':
    case 'postgres-store': {
      const server = await PostgresServer.start();
      const { connectionString } = server;
      const isStore = name === 'postgres-store';
      return {
        store: isStore ? { module: 'builtin:postgres-store', options: { connectionString } } : OWN_STORE,
        locking: isStore ? null : { module: 'builtin:postgres-locking', options: { connectionString } },
        server,
        ...(isStore && { audit: () => auditStore(server) }),
        stop: () => server.stop(),
      };
    }
  }
}

/**
 * Every occurrence that fell due has one outcome, in a run of its own or in a decision, and nothing is left under way.
 */
async function auditStore(server: PostgresServer): Promise<string[]> {
  const rows = await server.psql<{ key: string; state: string; runs: string; decided: string; open: string }>(`
    SELECT key, state,
      (SELECT count(*) FROM escapement.runs r WHERE r.key = s.key) AS runs,
      (SELECT coalesce(sum((d.decision::json->>'count')::int), 0) FROM escapement.decisions d WHERE d.key = s.key) AS decided,
      (SELECT count(*) FROM escapement.claims c WHERE c.key = s.key) AS open
    FROM escapement.schedules s`);
  return rows.flatMap(({ key, state, runs, decided, open }) => {
    const { dueCount, outcomes } = JSON.parse(state) as ScheduleState;
    const ended = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    const recorded = Number(runs) + Number(decided);
    return [
      ...(Number(open) === 0 ? [] : [`${key}: ${open} runs are left under way`]),
      ...(ended === dueCount ? [] : [`${key}: ${dueCount} fell due, ${ended} ended`]),
      ...(recorded === ended ? [] : [`${key}: ${ended} ended, ${recorded} are recorded`]),
    ];
  });
}
