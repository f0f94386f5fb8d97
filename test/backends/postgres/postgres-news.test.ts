/** News of locks that Postgres cannot carry, or that go through a pooler; test/backends/lock-news.test.ts has the rest. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openPostgresLocking } from '../../../src/backends/postgres/postgres-locking.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import { claim, Ear, listening, lock, type Node, type Place, tell } from '../../support/servers/listening-nodes.ts';
import { needsPooler, needsPostgres } from '../../support/servers/needs.ts';
import { Pooler, poolerBinary } from '../../support/servers/pooler.ts';
import { PostgresServer, postgresBinaries } from '../../support/servers/postgres-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const clock = new SystemClock();
let server: PostgresServer;
let pooler: Pooler;

beforeAll(async () => {
  if (postgresBinaries() === null) return;
  server = await PostgresServer.start();
  if (poolerBinary() !== null) pooler = await Pooler.start(server);
}, 60_000);

afterAll(async () => {
  await pooler?.stop();
  await server?.stop();
});

const openAt = async ({ connectionString }: { readonly connectionString: string }, schema: string): Promise<Node> =>
  (await openPostgresLocking({ connectionString, schema }, clock)) as Node;

const placeAt = (schema: string): Place => ({ open: () => openAt(server, schema) }) as Place;

describeWith(needsPostgres())('Nodes on Postgres', () => {
  test('leave out news that are too long, and take their locks', async () => {
    const [a, b] = [await listening(placeAt('long')), await listening(placeAt('long'))];
    const long = { locks: [claim('ü'.repeat(3_990))] };
    expect((await tell(a.node, long, { locks: [claim('p/s')] })).attempts.flat()).toHaveLength(2);
    await b.ear.until(() => b.ear.claimed.length > 0);
    expect(b.ear.claimed).toEqual(['p/s claim']);
  });

  test('take turns with nodes of an earlier release, whose functions know nothing of news', async () => {
    const a = await listening(placeAt('both'));
    const request = { releases: [], renewals: [], attempts: [[{ key: 'run', lock_id: 'old', ttl_ms: 60_000 }]] };
    const old = JSON.stringify({ ...request, deadline_ms: Date.now() + 60_000 });
    await server.psql('SELECT "both".exchange_locks($1::jsonb)', [old]);
    expect((await tell(a.node, { locks: [lock('run'), claim('p/s')], isWaiting: true })).attempts).toEqual([null]);
  });

  test('say nothing when they come too late', async () => {
    await (await openAt(server, 'late')).cleanup();
    const attempts = [[{ key: 'k', lock_id: 'id', ttl_ms: 60_000, claim_of: 'k', claim_at: 5 }]];
    const news = { by: 'a', no: 1, waiting: [], channel: 'c' };
    const sign = { node_id: 'a', ttl_ms: 60_000 };
    const request = { releases: [], renewals: [], attempts, news, sign, deadline_ms: Date.now() - 1_000 };
    const [row] = await server.psql('SELECT "late".exchange_and_tell($1::jsonb) AS answer', [JSON.stringify(request)]);
    expect(row?.['answer']).toEqual({ is_late: true, now_ms: expect.any(Number) });
    expect(await server.psql(`SELECT FROM "late".lock_nodes WHERE node_id = 'a'`)).toEqual([]);
  });
});

describeWith(needsPooler())('Nodes behind a pooler in transaction mode', () => {
  test('are heard by those that are not, and do not count as hearing', async () => {
    const { ear } = await listening(placeAt('pooled'));
    const pooled = await openAt(pooler, 'pooled');
    onTestFinished(() => pooled.cleanup());
    const deaf = Ear.of(pooled);
    for (let count = 1; count <= 5; count += 1) {
      await tell(pooled, { locks: [claim(`p/${count}`)] });
      await ear.until(() => ear.claimed.length === count);
    }
    expect(deaf.changes).toEqual([]);
  });
});
