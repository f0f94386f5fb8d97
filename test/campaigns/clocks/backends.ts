/** What the processes of a story keep their schedules in, and agree by. Each story has a place of its own there. */
import { join } from 'node:path';
import type { BackendDescription } from '../../../src/supervisor/supervisor-config.ts';
import { PostgresServer, postgresBinaries } from '../../support/servers/postgres-server.ts';
import { redisBinary } from '../../support/servers/redis-process.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';

export const BACKENDS = ['sqlite', 'postgres', 'redis'] as const;
export type BackendName = (typeof BACKENDS)[number];

export interface StoryBackends {
  readonly name: BackendName;
  store(node: 'right' | 'wrong'): BackendDescription;
  readonly locking?: BackendDescription;
  /** Whether there is a second process, whose clock is right. */
  readonly isCluster: boolean;
}

export interface StartedServer {
  forStory(number: number, folder: string): StoryBackends;
  stop(): Promise<void>;
}

/** Starts the server of a backend; null if it is not on this machine. The servers' clock is that of the machine. */
export async function startServer(name: BackendName): Promise<StartedServer | null> {
  switch (name) {
    case 'sqlite':
      return {
        forStory: (_number, folder) => ({
          name,
          store: (node) => sqliteStore(folder, node),
          isCluster: false,
        }),
        stop: async () => {},
      };
    case 'postgres': {
      if (postgresBinaries() === null) return null;
      const server = await PostgresServer.start();
      const { connectionString } = server;
      return {
        forStory: (number) => ({
          name,
          store: () => ({ module: 'builtin:postgres-store', options: { connectionString, schema: `story_${number}` } }),
          isCluster: true,
        }),
        stop: () => server.stop(),
      };
    }
    case 'redis': {
      if (redisBinary() === null) return null;
      const server = await RedisServer.start();
      return {
        forStory: (number, folder) => ({
          name,
          store: (node) => sqliteStore(folder, node),
          locking: { module: 'builtin:redis-locking', options: { url: server.url, prefix: `story-${number}` } },
          isCluster: true,
        }),
        stop: () => server.stop(),
      };
    }
  }
}

function sqliteStore(folder: string, node: string): BackendDescription {
  return { module: 'builtin:sqlite-store', options: { path: join(folder, `${node}.db`) } };
}
