import { join } from 'node:path';
import type { BackendDescription } from '../../../src/supervisor/protocol.ts';
import { PostgresServer } from '../servers/postgres-server.ts';
import { RedisServer } from '../servers/redis-server.ts';
import type { NodeBackends } from './campaign.ts';

export const BACKENDS = ['redis', 'postgres', 'sqlite', 'postgres-store'] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface StartedBackends extends NodeBackends {
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
        stop: () => server.stop(),
      };
    }
  }
}
