/** Nodes that start while the server of their locks cannot be reached, or does not answer. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postgresLocking, redisLocking, type Scheduler, type SchedulerWarning } from '../../src/index.ts';
import { fixture, newScheduler, nextRun, startScheduler } from '../support/scheduler-harness.ts';
import { freePort } from '../support/servers/free-port.ts';
import { needsPostgres, needsRedis } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { RedisServer } from '../support/servers/redis-server.ts';
import { describeWith } from '../support/servers/requirement.ts';

const KINDS = {
  redis: (port: number) => redisLocking({ url: `redis://127.0.0.1:${port}` }),
  postgres: (port: number) => postgresLocking({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` }),
};

function withHint(locking: 'prefer-global' | 'require-global' | 'node-local', ids = ['a']) {
  return { module: fixture('plugins/beats.ts'), options: { name: locking, ids, cron: '500ms', locking } };
}

async function warned(scheduler: Scheduler, wanted: string): Promise<SchedulerWarning> {
  for (;;) {
    const [warning] = (await once(scheduler, 'warning')) as [SchedulerWarning];
    if (warning.code === wanted) return warning;
  }
}

describe.each(['redis', 'postgres'] as const)('a node whose %s is not there', { timeout: 40_000 }, (kind) => {
  test('starts if its schedules only prefer a lock, runs them, and says what is wrong', async () => {
    const locking = KINDS[kind](await freePort());
    const plugins = [withHint('prefer-global'), withHint('node-local')];
    const scheduler = await newScheduler({ cluster: true, locking, plugins });
    const warning = warned(scheduler, 'lock-backend-failed');
    await scheduler.start();
    expect((await warning).message).toMatch(/ECONNREFUSED/);
    await nextRun(scheduler, ({ key, outcome }) => key === 'prefer-global/a' && outcome === 'succeeded');
    expect(await scheduler.stop({ drainMs: 0 })).not.toHaveProperty('notEnded');
  });

  test.each([
    ['one of its schedules needs a lock', [withHint('prefer-global'), withHint('require-global')]],
    ['nothing is declared yet', []],
  ])('does not start if %s', async (_, plugins) => {
    const locking = KINDS[kind](await freePort());
    const scheduler = await newScheduler({ cluster: true, locking, plugins });
    await expect(scheduler.start()).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_BACKEND',
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});

interface Server {
  readonly port: number;
  pause(): void;
  resume(): void;
  stop(): Promise<unknown>;
}

const SERVERS = {
  redis: { needs: needsRedis, start: (): Promise<Server> => RedisServer.start() },
  postgres: { needs: needsPostgres, start: async (): Promise<Server> => PostgresServer.start() },
};

for (const kind of ['redis', 'postgres'] as const) {
  describeWith(SERVERS[kind].needs())(`a node whose ${kind} does not answer`, () => {
    let server: Server;

    beforeEach(async () => {
      server = await SERVERS[kind].start();
    });

    afterEach(async () => {
      server.resume();
      await server.stop();
    });

    test('starts without it, and is a node like others once it answers', { timeout: 60_000 }, async () => {
      server.pause();
      const plugins = [withHint('prefer-global', ['a', 'b'])];
      const scheduler = await newScheduler({ cluster: true, locking: KINDS[kind](server.port), plugins });
      await scheduler.start();
      await nextRun(scheduler, ({ outcome }) => outcome === 'succeeded');
      server.resume();
      const other = await startScheduler({ cluster: true, locking: KINDS[kind](server.port), plugins });
      const { nodeId } = await other.stats();
      const knows = async () => (await scheduler.stats()).cluster.nodeIds.includes(nodeId);
      while (!(await knows())) await nextRun(scheduler);
      expect((await scheduler.stats()).cluster.clockErrorMs).not.toBeNull();
    });
  });
}
