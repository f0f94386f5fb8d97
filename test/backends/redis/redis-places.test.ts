/** What `redisLocking()` can be pointed at besides a plain server, and how it refuses what does not fit together. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openRedisLocking } from '../../../src/backends/redis/redis-locking.ts';
import { redisOptions } from '../../../src/backends/redis/redis-locking-options.ts';
import { socketAddress, urlAt, urlFor, urlWith } from '../../../src/backends/redis/redis-urls.ts';
import { redisLocking, type SchedulerWarning } from '../../../src/index.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { newScheduler } from '../../support/scheduler-harness.ts';
import { freePort } from '../../support/servers/free-port.ts';
import { needsOpenssl, needsRedis } from '../../support/servers/needs.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const DRIVERS = ['redis', 'ioredis'];
const clock = new SystemClock();
const folder = mkdtempSync(join(tmpdir(), 'escapement-places-'));
const opened: LockingPlugin[] = [];

async function open(options: Readonly<Record<string, unknown>>): Promise<LockingPlugin> {
  const locking = await openRedisLocking(options, clock);
  opened.push(locking);
  return locking;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((locking) => locking.cleanup?.()));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the options of redisLocking()', () => {
  const url = 'redis://me:hidden@host';
  const sentinel = { name: 'm', urls: [url] };

  test.each([
    [{}, 'one of the options url, cluster, sentinel and client is missing.'],
    [{ url, cluster: [url] }, 'only one of the options url and cluster may be given.'],
    [{ cluster: [url], sentinel }, 'only one of the options cluster and sentinel may be given.'],
    [{ url, client: { module: 'm' } }, 'only one of the options url and client may be given.'],
    [{ client: { module: 'm' }, driver: 'redis' }, 'option driver is not for option client: the client has its own.'],
    [{ client: { module: 'm' }, credentials: { module: 'm' } }, 'option credentials is not for option client'],
    [{ client: { modul: 'm' } }, 'option client.module'],
    [{ cluster: [] }, 'option cluster must be a list of URLs of nodes of the cluster, at least one.'],
    [{ cluster: url }, 'option cluster must be a list of URLs of nodes of the cluster, at least one.'],
    [{ cluster: [url, 'http://me:hidden@host'] }, 'option cluster.1 must be a URL such as'],
    [{ cluster: ['unix:///redis.sock'] }, 'option cluster.0 must be a URL such as'],
    [{ cluster: [`${url}/1`] }, 'a Redis Cluster has only the database 0'],
    [{ sentinel: { urls: [url] } }, 'option sentinel.name is missing'],
    [{ sentinel: { name: 'm', urls: [] } }, 'option sentinel.urls must be a list of URLs of sentinels, at least one.'],
    [{ sentinel: { name: 'm', urls: [`${url}/1`] } }, 'use option sentinel.database'],
    [{ sentinel: { ...sentinel, password: ['hidden'] } }, 'option sentinel.password must be a password.'],
    [{ sentinel: { ...sentinel, database: -1 } }, 'option sentinel.database must be a whole number from 0.'],
    [{ url, tls: {} }, 'option tls is only for URLs that begin with rediss://.'],
    [{ cluster: ['rediss://host', url], tls: {} }, 'option tls is only for URLs that begin with rediss://.'],
    [{ url: 'rediss://host', tls: { key: ['hidden'] } }, 'option tls.key must be text in the format PEM.'],
    [{ url: 'unix:redis.sock' }, 'option url must be a URL such as'],
    [{ url: 'unix:///redis.sock?db=hidden' }, 'option url must be a URL such as'],
  ])('are refused without their secrets, case %#', (options, message) => {
    const check = () => redisOptions(options);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hidden') }));
  });
});

describe('a URL', () => {
  test.each([
    ['unix:///run/redis.sock', { path: '/run/redis.sock', database: 0 }],
    ['redis+unix:///run/redis.sock?db=3', { path: '/run/redis.sock', database: 3 }],
    ['unix://me:p%40ss@/a%20b', { path: '/a b', username: 'me', password: 'p@ss', database: 0 }],
    ['unix://:p@/a', { path: '/a', password: 'p', database: 0 }],
    ['redis://host', null],
    ['unix:///%', null],
  ])('of a socket, %s, is taken apart', (url, address) => {
    expect(socketAddress(url)).toEqual(address);
  });

  test.each([
    ['redis://me:p%40@a:1', 'b', '2', 'redis://me:p%40@b:2'],
    ['rediss://a', '10.0.0.1', '7000', 'rediss://10.0.0.1:7000'],
    ['redis://a:1', '::1', '2', 'redis://[::1]:2'],
    ['redis://a:1', '', '2', 'redis://a:2'],
    ['redis://a:1', '?', '2', 'redis://a:2'],
  ])('is made from %s for another server', (url, host, port, other) => {
    expect(urlAt(url, host, port)).toBe(other);
  });

  test('is made with other credentials', () => {
    expect(urlWith('redis://me:mine@a:1', { password: 'p@:/%', database: 2 })).toBe('redis://:p%40%3A%2F%25@a:1/2');
    expect(urlWith('redis://me:mine@a:1', {})).toBe('redis://a:1/0');
  });
});

describe('the URL of a server', () => {
  test.each([
    ['redis://me:old@a:1/2', { password: 'p@/' }, 'redis://me:p%40%2F@a:1/2'],
    ['redis://me:old@a:1/2', { user: 'you:', password: 'new' }, 'redis://you%3A:new@a:1/2'],
    ['unix://me:old@/a%20b?db=3', { password: 'p@/' }, 'unix://me:p%40%2F@/a%20b?db=3'],
    ['unix:///a', { user: 'you', password: 'new' }, 'unix://you:new@/a?db=0'],
  ])('%s is made with another login', (url, login, other) => {
    expect(urlFor(url, login)).toBe(other);
  });
});

describeWith(needsRedis())('a Redis on a Unix socket', () => {
  const path = join(folder, 'redis.sock');
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start('--unixsocket', path, '--requirepass', 'right');
  });

  afterAll(() => server?.stop());

  test.each(DRIVERS)('gives locks in the database of its URL, with the driver %s', async (driver) => {
    const at = (database: number) => open({ url: `unix://:right@${path}?db=${database}`, prefix: driver, driver });
    const [zero, one] = [await at(0), await at(1)];
    expect(await zero.tryLock('k', 10_000)).not.toBeNull();
    expect(await one.tryLock('k', 10_000)).not.toBeNull();
    expect(await (await at(0)).tryLock('k', 10_000)).toBeNull();
    await expect(open({ url: `unix://:wrong-one@${path}`, driver })).rejects.not.toThrow('wrong-one');
  });
});

describeWith(needsRedis())('a Redis that may evict keys', () => {
  const text = 'maxmemory-policy is allkeys-lru';

  test('has a warning of the scheduler', async () => {
    const evicting = await RedisServer.start('--maxmemory', '100mb', '--maxmemory-policy', 'volatile-ttl');
    onTestFinished(() => evicting.stop());
    const scheduler = await newScheduler({ plugins: [], locking: redisLocking({ url: evicting.url }) });
    const warnings: SchedulerWarning[] = [];
    const warned = once(scheduler, 'warning');
    scheduler.on('warning', (warning) => warnings.push(warning));
    await scheduler.start();
    await warned;
    const message = expect.stringContaining('maxmemory-policy is volatile-ttl');
    expect(warnings).toEqual([{ code: 'lock-backend-evicts', message }]);
  });

  test.each(DRIVERS)('is known by its memory and its policy, with the driver %s', async (driver) => {
    const evicting = await RedisServer.start('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru');
    try {
      const expected = [{ code: 'lock-backend-evicts', message: expect.stringContaining(text) }];
      expect((await open({ url: evicting.url, driver })).warnings).toEqual(expected);
      await evicting.command('CONFIG', 'SET', 'maxmemory', '0');
      expect((await open({ url: evicting.url, driver })).warnings).toEqual([]);
      await evicting.command('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'noeviction');
      expect((await open({ url: evicting.url, driver })).warnings).toEqual([]);
    } finally {
      await evicting.stop();
    }
  });
});

describeWith(needsOpenssl())('a Redis with TLS', () => {
  const [keyPath, certPath] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  let server: RedisServer;
  let url: string;
  let pem: { readonly ca: string; readonly cert: string; readonly key: string };

  beforeAll(async () => {
    const subject = ['-subj', '/CN=redis.test', '-addext', 'subjectAltName=DNS:redis.test'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyPath];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', certPath, '-days', '2', ...subject], { stdio: 'ignore' });
    const cert = readFileSync(certPath, 'utf8');
    pem = { ca: cert, cert, key: readFileSync(keyPath, 'utf8') };
    const port = await freePort();
    const files = ['--tls-cert-file', certPath, '--tls-key-file', keyPath, '--tls-ca-cert-file', certPath];
    server = await RedisServer.start('--tls-port', String(port), ...files);
    url = `rediss://127.0.0.1:${port}`;
  });

  afterAll(() => server?.stop());

  test.each(DRIVERS)('is believed by its certificate only, with the driver %s', async (driver) => {
    const tls = { ...pem, servername: 'redis.test' };
    const locking = await open({ url, tls, driver });
    expect(await locking.tryLock(driver, 10_000)).not.toBeNull();
    await open({ url, tls: { cert: pem.cert, key: pem.key, rejectUnauthorized: false }, driver });
    await expect(open({ url, tls: { ...tls, servername: 'other.test' }, driver })).rejects.toThrow('altnames');
    await expect(open({ url, tls: { cert: pem.cert, key: pem.key }, driver })).rejects.toThrow('self-signed');
  });
});
