/**
 * Two nodes share locks on Postgres, one of them over a line that fails in every way a line or a server can. No key
 * ever has two holders, every call settles, and both nodes recover by themselves when the fault is over.
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
type Victim = 'a' | 'b' | 'nobody';
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
   * Breaks something while both nodes play, mends it once a call of the victim has failed, and sees both play on. If
   * there is no victim, because no call was under way or all calls succeed, both must also play on before it is mended.
   */
  const contend = async (hurt: () => unknown, heal: () => unknown, victim: Victim = 'a', port = server.port) => {
    await prepare(port);
    const contest = new Contest(a, b);
    await Promise.all([contest.granted('a'), contest.granted('b')]);
    const faulted = victim === 'nobody' ? Promise.resolve() : contest.faulted(victim);
    await hurt();
    await faulted;
    if (victim === 'nobody') await Promise.all([contest.granted('a'), contest.granted('b')]);
    await heal();
    await Promise.all([contest.granted('a'), contest.granted('b')]);
    await contest.end();
    expect(contest.violations).toEqual([]);
  };

  const nothing = () => {};
  const heal = () => proxy.heal();

  test('survive a connection that is reset', () => contend(() => proxy.reset(), nothing, 'nobody'), 60_000);
  test('survive connections that are refused for a while', () => contend(() => proxy.refuse(), heal), 60_000);
  test('survive a line that swallows everything', () => contend(() => proxy.blackHole(), heal), 60_000);
  test('survive half-open connections', () => contend(() => proxy.halfOpen(), heal, 'nobody'), 60_000);
  test('survive an answer that is lost after the commit', () => contend(() => proxy.dropAnswerOnce(), nothing), 60_000);
  test('survive a line that is slow to answer', () => contend(() => proxy.delay(30), heal, 'nobody'), 60_000);
  test('survive a line that lets a few bytes pass at a time', () => contend(() => proxy.trickle(60), heal), 60_000);
  test('survive a server that restarts', () => contend(() => server.restart('fast'), nothing, 'nobody'), 60_000);
  test(
    'survive a server that crashes and recovers',
    () => contend(() => server.restart('immediate'), nothing, 'nobody'),
    60_000,
  );
  test(
    'survive an administrator who ends all sessions',
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
      'survive a server that crashes and recovers',
      () => contend(() => server.restart('immediate'), nothing, 'nobody', pooler.port),
      60_000,
    );
    test(
      'survive an answer that is lost after the commit',
      () => contend(() => proxy.dropAnswerOnce(), nothing, 'a', pooler.port),
      60_000,
    );
  });

  test(
    'survive a server that stands still',
    () =>
      contend(
        () => server.pause(),
        () => server.resume(),
      ),
    60_000,
  );

  test('survive a lock on the whole table', async () => {
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

  test('give back a lock whose grant was lost, with the next exchange', async () => {
    await prepare();
    await a.tryLock('another', LONG_MS);
    proxy.dropAnswerOnce();
    await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/Postgres/);
    expect(await b.tryLock('k', LONG_MS)).toBeNull();
    await a.tryLock('yet another', LONG_MS);
    expect(await b.tryLock('k', LONG_MS)).not.toBeNull();
  });

  test('give back a lock whose grant was lost, even if its node asks for nothing more', async () => {
    await prepare();
    await a.tryLock('another', LONG_MS);
    proxy.dropAnswerOnce();
    await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/Postgres/);
    await taken(b);
  }, 30_000);

  test('take no lock for a request that a stopped server receives too late', async () => {
    await prepare();
    await a.tryLock('another', LONG_MS);
    server.pause();
    await expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/Postgres: no answer within 3000 ms/);
    server.resume();
    await taken(b);
  }, 30_000);

  test('can be closed while they wait for a silent server', async () => {
    await prepare();
    proxy.blackHole();
    const rejected = expect(a.tryLock('k', LONG_MS)).rejects.toThrow(/closed/);
    await a.cleanup();
    await rejected;
  });

  test('cannot be opened if the server is silent', async () => {
    await prepare();
    proxy.blackHole();
    const refused = open(proxy.port);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND' });
    await expect(refused).rejects.toThrow(/no answer within 5000 ms/);
  });
});
