/** What nodes hear of each other through a lock server, and the sign of life that rides on an exchange. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPostgresLocking } from '../../src/backends/postgres/postgres-locking.ts';
import { newsChannel } from '../../src/backends/postgres/schema/news-channel.ts';
import { openRedisLocking } from '../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import {
  claim,
  Ear,
  listening,
  lock,
  type Node,
  nothing,
  type Place,
  TTL_MS,
  tell,
} from '../support/servers/listening-nodes.ts';
import { needsPostgres, needsRedis } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { RedisServer } from '../support/servers/redis-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { until } from '../support/servers/until.ts';

const clock = new SystemClock();
/** What a user of Redis needs for the locks alone, as the documentation says. */
const LOCK_RIGHTS =
  'eval evalsha time get set del exists pexpire hget hset hdel hexists hkeys hgetall zadd zrem zscore zrange zremrangebyscore info'
    .split(' ')
    .map((command) => `+${command}`);

/** @param empty Makes a place where nobody has been. */
function rules(empty: () => Place): void {
  const two = async () => {
    const place = empty();
    return { place, a: await listening(place), b: await listening(place) };
  };

  test('tell each other what they claim, and hear nothing of their own', async () => {
    const { a, b } = await two();
    await tell(a.node, { locks: [lock('run'), claim('p/s')] }, { locks: [claim('p/"ü"\n')] });
    await b.ear.until(() => b.ear.claimed.length === 2);
    await tell(b.node, { locks: [claim('p/t')] });
    await a.ear.until(() => a.ear.claimed.length > 0);
    expect(b.ear.claimed).toEqual(['p/s claim', 'p/"ü"\n claim']);
    expect(a.ear.claimed).toEqual(['p/t claim']);
    expect([...a.ear.wanted, ...b.ear.wanted]).toEqual([]);
  });

  test('tell each other which locks they wait for in vain', async () => {
    const { a, b } = await two();
    await tell(a.node, { locks: [lock('run')] });
    const waiting = { locks: [lock('run'), lock('group'), claim('p/s')], isWaiting: true };
    const { attempts } = await tell(b.node, { locks: [lock('run'), claim('p/q')] }, waiting);
    expect(attempts).toEqual([null, null]);
    await a.ear.until(() => a.ear.news.length > 0);
    expect(a.ear.news).toEqual([{ claimed: [], wanted: ['run', 'group'] }]);
  });

  test('say nothing when there is nothing to say, or nobody is to hear it', async () => {
    const { a, b } = await two();
    await tell(a.node, { locks: [lock('run')] });
    await tell(a.node, { locks: [lock('run')] }, { locks: [lock('free')], isWaiting: true });
    await a.node.exchange({ ...nothing, attempts: [{ locks: [claim('p/s')] }] });
    await a.node.exchange({ ...nothing, attempts: [{ locks: [lock('run')], isWaiting: true }], isTold: false });
    await tell(a.node, { locks: [claim('last')] });
    await b.ear.until(() => b.ear.news.length > 0);
    expect(b.ear.news).toEqual([{ claimed: ['last claim'], wanted: [] }]);
  });

  test('hear of many claims at once', async () => {
    const { a, b } = await two();
    await tell(a.node, ...Array.from({ length: 1_234 }, (_, index) => ({ locks: [claim(`p/${index}`)] })));
    await b.ear.until(() => b.ear.claimed.length === 1_234);
    expect(new Set(b.ear.claimed).size).toBe(1_234);
  });

  test('drop what makes no sense', async () => {
    const place = empty();
    const { node, ear } = await listening(place);
    const right = { by: randomUUID(), no: 1, claimed: ['k'], wanted: [] };
    for (const text of ['', 'x', '{', 'trial of a stranger']) await place.say(text);
    const wrong = [
      { by: 7 },
      { by: 'x'.repeat(101) },
      { no: '1' },
      { claimed: 'k' },
      { wanted: [7] },
      { wanted: null },
    ];
    const others = [null, 7, [], {}, ...wrong.map((field) => ({ ...right, ...field }))];
    for (const message of others) await place.say(JSON.stringify(message));
    await place.say(JSON.stringify({ ...right, more: 'of a later release' }));
    await ear.until(() => ear.news.length > 0);
    expect(ear.news).toEqual([{ claimed: ['k'], wanted: [] }]);
    expect(await node.tryLock('k', TTL_MS)).not.toBeNull();
  });

  test('hear again after their sessions were ended', async () => {
    const { place, a, b } = await two();
    await place.deafen();
    await Promise.all([a, b].map(({ ear }) => ear.until(() => ear.changes.length === 3)));
    expect(b.ear.changes).toEqual([true, false, true]);
    await tell(a.node, { locks: [claim('p/s')] });
    await b.ear.until(() => b.ear.claimed.length === 1);
  });

  test('leave no session and hear no more when they are cleaned up', async () => {
    const { place, a, b } = await two();
    expect(await place.listeners()).toBe(2);
    await b.node.cleanup();
    await b.node.cleanup();
    await until(async () => (await place.listeners()) === 1);
    const connecting = await place.open();
    const ear = Ear.of(connecting);
    await connecting.cleanup();
    await until(async () => (await place.listeners()) === 1);
    await tell(a.node, { locks: [claim('p/s')] });
    expect([ear.changes, ear.news, b.ear.changes, b.ear.news]).toEqual([[], [], [true], []]);
  });

  test('show a sign of life with an exchange, in one call, and get the roster', async () => {
    const { place, a, b } = await two();
    const [first, second] = [{ id: randomUUID(), keys: ['p/s'] }, { id: randomUUID() }];
    await a.node.announce({ nodeId: 'a', ttlMs: TTL_MS, group: first });
    const before = await place.calls();
    const answers = await b.node.exchange({
      ...nothing,
      attempts: [{ locks: [lock('run'), claim('p/s')] }],
      isTold: true,
      sign: { nodeId: 'b', ttlMs: TTL_MS, group: second },
    });
    expect((await place.calls()) - before).toBe(1);
    await a.ear.until(() => a.ear.claimed.length > 0);
    expect(answers.attempts[0]).toHaveLength(2);
    expect(answers.roster?.nodeIds.toSorted()).toEqual(['a', 'b']);
    expect(answers.roster).toMatchObject({ groups: { a: first.id, b: second.id }, isGroupKnown: false });
    const known = await b.node.exchange({ ...nothing, sign: { nodeId: 'b', ttlMs: TTL_MS, group: { id: first.id } } });
    expect(known.roster).toMatchObject({ groups: { a: first.id, b: first.id }, isGroupKnown: true });
    const left = await b.node.exchange({ ...nothing, sign: { nodeId: 'b', ttlMs: 0 } });
    expect(left.roster).toEqual({ nodeIds: ['a'], groups: { a: first.id }, isGroupKnown: false });
    expect((await a.node.announce({ nodeId: 'a', ttlMs: TTL_MS })).nodeIds).toEqual(['a']);
  });

  test('are on the roster of nodes that announce themselves without an exchange', async () => {
    const place = empty();
    const [old, young] = [await place.open(), await place.open()];
    onTestFinished(async () => void (await Promise.all([old.cleanup(), young.cleanup()])));
    await old.announce({ nodeId: 'old', ttlMs: TTL_MS });
    const { roster } = await young.exchange({ ...nothing, sign: { nodeId: 'young', ttlMs: TTL_MS } });
    expect(roster?.nodeIds.toSorted()).toEqual(['old', 'young']);
    expect((await old.announce({ nodeId: 'old', ttlMs: TTL_MS })).nodeIds.toSorted()).toEqual(['old', 'young']);
  });
}

describeWith(needsRedis())('Nodes on Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  const callsOf = async (command: string): Promise<number> => {
    const stats = String(await server.command('INFO', 'commandstats'));
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  describe.each(['redis', 'ioredis'])('with the driver %s', (driver) => {
    rules(() => {
      const prefix = `news ü ${randomUUID()}`.replaceAll(' ', '-');
      const channel = `{${prefix}}:news`;
      return {
        open: async () => (await openRedisLocking({ url: server.url, prefix, driver }, clock)) as Node,
        say: (text) => server.command('PUBLISH', channel, text),
        deafen: () => server.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
        listeners: async () => Number(((await server.command('PUBSUB', 'NUMSUB', channel)) as unknown[])[1]),
        calls: async () => (await callsOf('evalsha')) + (await callsOf('eval')),
      };
    });

    test('hear each other with the rights that the documentation names', async () => {
      const prefix = randomUUID();
      const channel = ['resetchannels', `&{${prefix}}:news`, '+publish', '+subscribe'];
      await server.command('ACL', 'SETUSER', 'few', 'reset', 'on', '>pw', `~{${prefix}}:*`, ...LOCK_RIGHTS, ...channel);
      const url = server.url.replace('redis://', 'redis://few:pw@');
      const place = { open: async () => (await openRedisLocking({ url, prefix, driver }, clock)) as Node } as Place;
      const [a, b] = [await listening(place), await listening(place)];
      await tell(a.node, { locks: [claim('p/s')] });
      await b.ear.until(() => b.ear.claimed.length > 0);
    });

    test('hear nothing of nodes in another database of the same server', async () => {
      const prefix = randomUUID();
      const at = (database: number) => {
        const url = `${server.url}/${database}`;
        return { open: async () => (await openRedisLocking({ url, prefix, driver }, clock)) as Node } as Place;
      };
      const [here, beside, elsewhere] = [await listening(at(1)), await listening(at(1)), await listening(at(2))];
      await tell(here.node, { locks: [claim('p/s')] });
      await beside.ear.until(() => beside.ear.claimed.length > 0);
      await tell(elsewhere.node, { locks: [claim('p/t')] });
      await tell(here.node, { locks: [claim('p/u')] });
      await beside.ear.until(() => beside.ear.claimed.length > 1);
      expect(beside.ear.claimed).toEqual(['p/s claim', 'p/u claim']);
      expect(elsewhere.ear.claimed).toEqual([]);
    });

    test('take locks and hear nothing when the user has no channels', async () => {
      const place = { prefix: randomUUID(), driver };
      await server.command('ACL', 'SETUSER', 'mute', 'on', '>pw', '~*', '+@all', 'resetchannels');
      const url = server.url.replace('redis://', 'redis://mute:pw@');
      const node = (await openRedisLocking({ url, ...place }, clock)) as Node;
      onTestFinished(() => node.cleanup());
      const ear = Ear.of(node);
      const attempts = [{ locks: [lock('run'), claim('p/s')] }];
      const sign = { nodeId: 'a', ttlMs: TTL_MS };
      const answers = await node.exchange({ ...nothing, attempts, isTold: true, sign });
      expect([answers.attempts[0]?.length, answers.roster?.nodeIds]).toEqual([2, ['a']]);
      // It was refused the channel.
      await until(async () => String(await server.command('ACL', 'LOG')).includes('toplevel'));
      expect(ear.changes).toEqual([]);
    });
  });
});

describeWith(needsPostgres())('Nodes on Postgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
    // Its transactions would be taken for calls.
    await server.psql('ALTER SYSTEM SET autovacuum = off');
    await server.psql('SELECT pg_reload_conf()');
  }, 60_000);
  afterAll(() => server.stop());

  rules(() => {
    const schema = `news_${randomUUID().replaceAll('-', '')}`;
    const { connectionString } = server;
    const channel = newsChannel('locks', schema);
    const listeners = `FROM pg_stat_activity WHERE query = 'LISTEN "${channel}"'`;
    return {
      open: async () => (await openPostgresLocking({ connectionString, schema }, clock)) as Node,
      say: (text) => server.psql('SELECT pg_notify($1, $2)', [channel, text]),
      deafen: () => server.psql(`SELECT pg_terminate_backend(pid) ${listeners}`),
      listeners: async () => (await server.psql(`SELECT pid ${listeners}`)).length,
      // Each call that writes is a transaction with a number.
      calls: async () => {
        const [row] = await server.psql<{ next: string }>('SELECT pg_snapshot_xmax(pg_current_snapshot()) AS next');
        return Number(row?.next);
      },
    };
  });
});
