/**
 * Nodes that share locks on Postgres, one of them through a line that fails in every way a line or a server can: no key
 * ever has two holders, every call settles, and all of them work on when it is over, without being built anew.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPostgresLocking } from '../../src/backends/postgres/postgres-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import { Contest } from '../support/servers/contest.ts';
import { needsPooler, needsPostgres } from '../support/servers/needs.ts';
import { Pooler } from '../support/servers/pooler.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { TcpProxy } from '../support/servers/tcp-proxy.ts';

const LONG_MS = 60_000;
const clock = new SystemClock();
type Teller = 'a' | 'b' | 'nobody';
const pause = () => new Promise<void>((resolve) => void clock.sleep(5, resolve));

describeWith(needsPostgres())('locks on a Postgres that fails', () => {
  let server: PostgresServer;
  let proxy: TcpProxy;
  let a: Required<LockingPlugin>;
  let b: Required<LockingPlugin>;
  let schema: string;
  let count = 0;

  const open = async (port: number, limits: object = {}): Promise<Required<LockingPlugin>> => {
    const connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`;
    return (await openPostgresLocking({ connectionString, schema, ...limits }, clock)) as Required<LockingPlugin>;
  };

  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);

  afterAll(() => server?.stop());

  const prepare = async (port = server.port): Promise<void> => {
    count += 1;
    schema = `faults_${count}`;
    proxy = await TcpProxy.open(port);
    a = await open(proxy.port);
    b = await open(server.port);
  };

  afterEach(async () => {
    await Promise.all([a?.cleanup(), b?.cleanup()]);
    await proxy?.close();
  });

  /**
   * Breaks something while both nodes play, mends it when a node was told of it, and sees both play on. Where a node need
   * not be told, because nothing was under way or all goes on, both play on before it is mended as well.
   */
  const contend = async (hurt: () => unknown, heal: () => unknown, teller: Teller = 'a', port = server.port) => {
    await prepare(port);
    const contest = new Contest(a, b);
    await Promise.all([contest.granted('a'), contest.granted('b')]);
    const told = teller === 'nobody' ? Promise.resolve() : contest.faulted(teller);
    await hurt();
    await told;
    if (teller === 'nobody') await Promise.all([contest.granted('a'), contest.granted('b')]);
    await heal();
    await Promise.all([contest.granted('a'), contest.granted('b')]);
    await contest.end();
    expect(contest.violations).toEqual([]);
  };

  const nothing = () => {};
  const heal = () => proxy.heal();

  test('a connection is reset', () => contend(() => proxy.reset(), nothing, 'nobody'), 60_000);
  test('connections are refused for a while', () => contend(() => proxy.refuse(), heal), 60_000);
  test('a line swallows everything', () => contend(() => proxy.blackHole(), heal), 60_000);
  test('connections are half open', () => contend(() => proxy.halfOpen(), heal, 'nobody'), 60_000);
  test('an answer is lost after the commit', () => contend(() => proxy.dropAnswerOnce(), nothing), 60_000);
  test('a line is slow to answer', () => contend(() => proxy.delay(30), heal, 'nobody'), 60_000);
  test('a line lets a few bytes pass at a time', () => contend(() => proxy.trickle(60), heal), 60_000);
  test('the server restarts', () => contend(() => server.restart('fast'), nothing, 'nobody'), 60_000);
  test('the server crashes and recovers', () => contend(() => server.restart('immediate'), nothing, 'nobody'), 60_000);
  test(
    'an administrator ends all sessions',
    () => contend(() => server.terminateSessions(), nothing, 'nobody'),
    60_000,
  );
  describeWith(needsPooler())('behind a pooler', () => {
    let pooler: Pooler;
    beforeAll(async () => {
      pooler = await Pooler.start(server);
    });
    afterAll(() => pooler?.stop());

    test(
      'the server crashes and recovers',
      () => contend(() => server.restart('immediate'), nothing, 'nobody', pooler.port),
      60_000,
    );
    test(
      'an answer is lost after the commit',
      () => contend(() => proxy.dropAnswerOnce(), nothing, 'a', pooler.port),
      60_000,
    );
  });

  test(
    'the server stands still',
    () =>
      contend(
        () => server.pause(),
        () => server.resume(),
      ),
    60_000,
  );

  test('somebody has the table locked', async () => {
    const client = await server.client();
    const lock = async () => {
      await client.query('BEGIN');
      await client.query(`LOCK TABLE ${schema}.locks IN ACCESS EXCLUSIVE MODE`);
    };
    await contend(lock, () => client.query('ROLLBACK'), 'b');
    await client.end();
  }, 60_000);

  /** Asks until the key is free. */
  const taken = async (locking: LockingPlugin): Promise<void> => {
    while ((await locking.tryLock('k', LONG_MS)) === null) await pause();
  };

  test('a lock whose grant was lost is given back with the next exchange', async () => {
    await prepare();
    await a.tryLock('another', LONG_MS);
    proxy.dropAnswerOnce();
    await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/Postgres/);
    expect(await b.tryLock('k', LONG_MS)).toBeNull();
    await a.tryLock('yet another', LONG_MS);
    expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
  });

  test('a lock whose grant was lost is given back although its node asks for nothing more', async () => {
    await prepare();
    await a.tryLock('another', LONG_MS);
    proxy.dropAnswerOnce();
    await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/Postgres/);
    await taken(b);
  }, 30_000);

  test('a question that a stopped server answers too late takes no lock', async () => {
    await prepare();
    await a.tryLock('another', LONG_MS);
    server.pause();
    await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/Postgres: no answer within 3000 ms/);
    server.resume();
    await taken(b);
  }, 30_000);

  test('an adapter that waits on a silent server closes nonetheless', async () => {
    await prepare();
    proxy.blackHole();
    const told = expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/closed/);
    await a.cleanup();
    await told;
  });

  test('is not built where the server is silent', async () => {
    await prepare();
    proxy.blackHole();
    const refused = open(proxy.port);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    await expect(refused).rejects.toThrow(/no answer within 5000 ms/);
  });
});
