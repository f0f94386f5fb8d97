/** Nodes that hear each other through a client or a pool of the user's. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPostgresLocking } from '../../src/backends/postgres/postgres-locking.ts';
import { openRedisLocking } from '../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import { poolModule } from '../fixtures/backends/postgres-pools.ts';
import { type ClientKind, moduleOf } from '../fixtures/backends/redis-clients.ts';
import { claim, Ear, listening, lock, type Node, type Place, tell } from '../support/servers/listening-nodes.ts';
import { needsPostgres, needsRedis } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { RedisServer } from '../support/servers/redis-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { until } from '../support/servers/until.ts';

const clock = new SystemClock();
const MADE = new URL('../fixtures/backends/redis-clients.ts', import.meta.url).href;

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-ears-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function hearsTheOther(place: Pick<Place, 'open'>): Promise<void> {
  const [a, b] = [await listening(place as Place), await listening(place as Place)];
  await tell(a.node, { locks: [lock('run'), claim('p/s')] });
  await b.ear.until(() => b.ear.claimed.length > 0);
  expect(b.ear.claimed).toEqual(['p/s claim']);
  expect((await tell(b.node, { locks: [lock('run')], isWaiting: true })).attempts).toEqual([null]);
  await a.ear.until(() => a.ear.wanted.length > 0);
  expect(a.ear.wanted).toEqual(['run']);
}

describeWith(needsRedis())('On Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  describe.each(['ioredis', 'ioredis with a prefix', 'redis'] as const satisfies readonly ClientKind[])(
    'a client of %s',
    (kind) => {
      test('that is made for each connection hears', async () => {
        const client = { module: MADE, options: { kind, urls: [server.url] } };
        const prefix = randomUUID();
        await hearsTheOther({ open: async () => (await openRedisLocking({ client, prefix }, clock)) as Node });
      });

      test('that goes on is copied, and the copy does not outlive us', async () => {
        const module = moduleOf({ kind, urls: [server.url] }, emptyFolder());
        const { exported } = (await import(module)) as { exported: { disconnect(): unknown; destroy?(): void } };
        onTestFinished(() => void (exported.destroy === undefined ? exported.disconnect() : exported.destroy()));
        const prefix = randomUUID();
        const client = { module, export: 'exported' };
        const node = (await openRedisLocking({ client, prefix }, clock)) as Node;
        const ear = Ear.of(node);
        await ear.until(() => ear.isHearing);
        await node.cleanup();
        const channel = `{${prefix}}:news`;
        await until(async () => Number(((await server.command('PUBSUB', 'NUMSUB', channel)) as unknown[])[1]) === 0);
      });
    },
  );
});

describeWith(needsPostgres())('On Postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server.stop());

  const schema = `ears_${randomUUID().replaceAll('-', '')}`;
  const lending = async (max: number): Promise<() => Promise<Node>> => {
    const module = poolModule({ connectionString: server.connectionString, max }, emptyFolder());
    const { default: lent } = (await import(module)) as { default: { end(): Promise<void> } };
    onTestFinished(() => lent.end());
    return async () => (await openPostgresLocking({ pool: { module }, schema }, clock)) as Node;
  };

  test('a pool that goes on lends one connection, which is not given back to it', async () => {
    await hearsTheOther({ open: await lending(8) });
    const listeners = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`;
    expect(await server.psql(listeners)).toHaveLength(2);
  });

  test('a pool that has too few is left alone', async () => {
    const open = await lending(3);
    const node = await open();
    onTestFinished(() => node.cleanup());
    const ear = Ear.of(node);
    await tell(node, { locks: [lock('small run'), claim('p/small')] });
    expect(ear.changes).toEqual([]);
  });
});
