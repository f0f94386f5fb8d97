/** What a pool thread may send that is not ours any more: nothing of it may reach what the plugin was not granted. */
import { describe, expect, test } from 'vitest';
import { CallBench } from '../../support/call-bench.ts';

const INVALID = 'ERR_ESCAPEMENT_CALL_INVALID';
const DENIED = 'ERR_ESCAPEMENT_CALL_DENIED';
const GRANTED = {
  kvNamespaces: ['common'],
  allowedUrls: ['https://api.example.com/reports/', 'http://10.0.0.7:8080'],
  hostFunctions: ['count'],
};
const VICTIM = JSON.stringify(['victim', 'tenant', null]);

const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], 1);
const cyclic: unknown[] = [];
cyclic.push(cyclic);
const get = (url: unknown, own: object = {}): unknown => ({ url, ...own });
const ALLOWED = 'https://api.example.com/reports/1';

const CALLS: readonly (readonly [what: string, code: string, name: string, ...args: unknown[]])[] = [
  // Keys.
  ['no key', INVALID, 'kv.get', null],
  ['an empty key', INVALID, 'kv.get', null, ''],
  ['a number as a key', INVALID, 'kv.get', null, 7],
  ['null as a key', INVALID, 'kv.set', null, null, 1],
  ['a list as a key', INVALID, 'kv.get', null, ['k']],
  ['an object as a key', INVALID, 'kv.delete', null, { key: 'k' }],
  ['bytes as a key', INVALID, 'kv.get', null, new Uint8Array(4)],
  ['a key of 513 bytes', INVALID, 'kv.get', null, 'k'.repeat(513)],
  ['a key of 513 bytes in 171 characters', INVALID, 'kv.get', null, '丏'.repeat(171)],
  ['a key of 10 million characters', INVALID, 'kv.get', null, 'k'.repeat(10_000_000)],
  ['half of a surrogate pair as a key', INVALID, 'kv.set', null, '\ud800', 1],
  ['the other half', INVALID, 'kv.set', null, 'a\udc00', 1],
  // Namespaces.
  ['a namespace that was not granted', DENIED, 'kv.get', 'secrets', 'k'],
  ['an empty namespace', DENIED, 'kv.get', '', 'k'],
  ['a namespace that is nearly granted', DENIED, 'kv.get', 'common ', 'k'],
  ['a granted namespace in another case', DENIED, 'kv.get', 'Common', 'k'],
  ['the name of the space of another plugin', DENIED, 'kv.get', VICTIM, 'k'],
  ['the name of another plugin', DENIED, 'kv.get', 'victim', 'k'],
  ['its own name', DENIED, 'kv.get', 'reports', 'k'],
  ['a namespace of another tenant', DENIED, 'kv.get', 'common@tenant', 'k'],
  ['a path to another tenant', DENIED, 'kv.get', '../tenant/common', 'k'],
  ['a namespace as an object', INVALID, 'kv.get', { namespace: 'common', tenantId: 'tenant' }, 'k'],
  ['a list of namespaces', INVALID, 'kv.get', ['common'], 'k'],
  ['a number as a namespace', INVALID, 'kv.get', 0, 'k'],
  ['true as a namespace', INVALID, 'kv.list', true],
  ['__proto__ as a namespace', DENIED, 'kv.get', '__proto__', 'k'],
  ['SQL as a namespace', DENIED, 'kv.get', "'; DROP TABLE kv; --", 'k'],
  // Values.
  ['no value', INVALID, 'kv.set', null, 'k'],
  ['undefined as a value', INVALID, 'kv.set', null, 'k', undefined],
  ['NaN', INVALID, 'kv.set', null, 'k', Number.NaN],
  ['infinity', INVALID, 'kv.set', null, 'k', [Number.POSITIVE_INFINITY]],
  ['a bigint', INVALID, 'kv.set', null, 'k', { n: 1n }],
  ['a map', INVALID, 'kv.set', null, 'k', new Map([[1, 2]])],
  ['a set', INVALID, 'kv.set', null, 'k', new Set([1])],
  ['a date', INVALID, 'kv.set', null, 'k', new Date(0)],
  ['an expression', INVALID, 'kv.set', null, 'k', /a/],
  ['bytes', INVALID, 'kv.set', null, 'k', new Uint8Array(8)],
  ['an error', INVALID, 'kv.set', null, 'k', new Error('x')],
  ['a value that contains itself', INVALID, 'kv.set', null, 'k', cyclic],
  ['a value nested 65 levels deep', INVALID, 'kv.set', null, 'k', deep(65)],
  ['a value nested 100,000 levels deep', INVALID, 'kv.set', null, 'k', deep(100_000)],
  ['a list with 4 billion holes', INVALID, 'kv.set', null, 'k', new Array(2 ** 32 - 1)],
  ['a value of 256 KiB and a byte', INVALID, 'kv.set', null, 'k', 'x'.repeat(256 * 1_024 - 1)],
  ['a value that is longer in UTF-8', INVALID, 'kv.set', null, 'k', '丏'.repeat(100_000)],
  ['a value that is longer with escapes', INVALID, 'kv.set', null, 'k', '\u0001'.repeat(50_000)],
  ['a field named __proto__', INVALID, 'kv.set', null, 'k', JSON.parse('{"__proto__":{"a":1}}')],
  // Lists.
  ['a prefix that is a number', INVALID, 'kv.list', null, 5],
  ['a prefix of 513 bytes', INVALID, 'kv.list', null, 'p'.repeat(513)],
  ['"after" as an object', INVALID, 'kv.list', null, '', {}],
  ['no keys in a page', INVALID, 'kv.list', null, '', null, 0],
  ['a negative page', INVALID, 'kv.list', null, '', null, -1],
  ['a page of half a key', INVALID, 'kv.list', null, '', null, 0.5],
  ['a page of infinitely many keys', INVALID, 'kv.list', null, '', null, Number.POSITIVE_INFINITY],
  ['a page of 1,001 keys', INVALID, 'kv.list', null, '', null, 1_001],
  ['a page size in words', INVALID, 'kv.list', null, '', null, '10'],
  // Their number.
  ['a fourth argument of set', INVALID, 'kv.set', null, 'k', 1, { quotaBytes: 1e9 }],
  ['an owner as a third argument', INVALID, 'kv.get', null, 'k', VICTIM],
  ['a fifth argument of list', INVALID, 'kv.list', null, '', null, 1, VICTIM],
  ['a thousand arguments', INVALID, 'kv.get', ...Array.from({ length: 1_000 }, () => 'k')],
  // URLs.
  ['no request', INVALID, 'fetch'],
  ['a text as a request', INVALID, 'fetch', ALLOWED],
  ['null as a request', INVALID, 'fetch', null],
  ['a map as a request', INVALID, 'fetch', new Map([['url', ALLOWED]])],
  ['a request without a url', INVALID, 'fetch', {}],
  ['a url that is an object', INVALID, 'fetch', get({ href: ALLOWED })],
  ['a relative url', INVALID, 'fetch', get('/reports/1')],
  ['a url of a file', INVALID, 'fetch', get('file:///etc/passwd')],
  ['a url with data', INVALID, 'fetch', get('data:text/plain,x')],
  ['a url of a socket', INVALID, 'fetch', get('ws://api.example.com/reports/')],
  ['a url with a user', INVALID, 'fetch', get('https://user@api.example.com/reports/')],
  ['a url with a password', INVALID, 'fetch', get('https://:secret@api.example.com/reports/')],
  ['a url of 8,193 characters', INVALID, 'fetch', get(`${ALLOWED}?${'q'.repeat(8_192)}`)],
  ['another host', DENIED, 'fetch', get('https://example.com/reports/')],
  ['a host that ends alike', DENIED, 'fetch', get('https://evil-api.example.com/reports/')],
  ['a host that begins alike', DENIED, 'fetch', get('https://api.example.com.evil.org/reports/')],
  ['the host as a user', INVALID, 'fetch', get('https://api.example.com@evil.org/reports/')],
  ['another scheme', DENIED, 'fetch', get('http://api.example.com/reports/')],
  ['another port', DENIED, 'fetch', get('https://api.example.com:8443/reports/')],
  ['a path beside', DENIED, 'fetch', get('https://api.example.com/reports-old/')],
  ['a path above', DENIED, 'fetch', get('https://api.example.com/')],
  ['steps upwards', DENIED, 'fetch', get('https://api.example.com/reports/../admin')],
  ['encoded steps', DENIED, 'fetch', get('https://api.example.com/reports/%2e%2e/admin')],
  ['encoded slashes', DENIED, 'fetch', get('https://api.example.com/reports/..%2fadmin')],
  ['steps that are encoded twice', DENIED, 'fetch', get('https://api.example.com/reports/%252e%252e%252fadmin')],
  ['backslashes', DENIED, 'fetch', get('https://api.example.com/reports/..\\admin')],
  ['encoded backslashes', DENIED, 'fetch', get('https://api.example.com/reports/..%5cadmin')],
  ['steps with parameters', DENIED, 'fetch', get('https://api.example.com/reports/..;a=b/admin')],
  ['this machine', DENIED, 'fetch', get('http://localhost:8080/')],
  ['this machine by its address', DENIED, 'fetch', get('http://127.0.0.1:8080/')],
  ['a neighbour of the address that is allowed', DENIED, 'fetch', get('http://10.0.0.8:8080/')],
  ['the metadata of a cloud', DENIED, 'fetch', get('http://169.254.169.254/latest/meta-data/')],
  // What else is in a request.
  ['an unknown field', INVALID, 'fetch', get(ALLOWED, { agent: {} })],
  ['a list of allowed URLs', INVALID, 'fetch', get(ALLOWED, { allowedUrls: ['http://localhost/'] })],
  ['an owner', INVALID, 'fetch', get(ALLOWED, { owner: VICTIM })],
  ['a socket', INVALID, 'fetch', get(ALLOWED, { socketPath: '/var/run/docker.sock' })],
  ['an unknown method', INVALID, 'fetch', get(ALLOWED, { method: 'CONNECT' })],
  ['a method with a line break', INVALID, 'fetch', get(ALLOWED, { method: 'GET / HTTP/1.1\r\nhost: x' })],
  ['a method that is a list', INVALID, 'fetch', get(ALLOWED, { method: ['GET'] })],
  ['headers as a list', INVALID, 'fetch', get(ALLOWED, { headers: [['host', 'x']] })],
  ['headers as a map', INVALID, 'fetch', get(ALLOWED, { headers: new Map() })],
  ['a host of its own', INVALID, 'fetch', get(ALLOWED, { headers: { Host: 'internal' } })],
  ['a length of its own', INVALID, 'fetch', get(ALLOWED, { headers: { 'content-length': '0' } })],
  ['chunks', INVALID, 'fetch', get(ALLOWED, { headers: { 'Transfer-Encoding': 'chunked' } })],
  ['a connection header', INVALID, 'fetch', get(ALLOWED, { headers: { connection: 'keep-alive' } })],
  ['cookies', INVALID, 'fetch', get(ALLOWED, { headers: { cookie: 'a=b' } })],
  ['a line break in a header', INVALID, 'fetch', get(ALLOWED, { headers: { 'x-a': 'b\r\nhost: internal' } })],
  ['a header with a NUL', INVALID, 'fetch', get(ALLOWED, { headers: { 'x-a': '\u0000' } })],
  ['a header beyond Latin-1', INVALID, 'fetch', get(ALLOWED, { headers: { 'x-a': '丏\u010d\u010a' } })],
  ['a header without a name', INVALID, 'fetch', get(ALLOWED, { headers: { '': 'b' } })],
  ['a header with a colon', INVALID, 'fetch', get(ALLOWED, { headers: { ':authority': 'b' } })],
  ['a header that is a number', INVALID, 'fetch', get(ALLOWED, { headers: { 'x-a': 5 } })],
  [
    '65 headers',
    INVALID,
    'fetch',
    get(ALLOWED, { headers: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`x${n}`, ''])) }),
  ],
  ['a header of 8,193 characters', INVALID, 'fetch', get(ALLOWED, { headers: { 'x-a': 'b'.repeat(8_193) } })],
  ['a body of GET', INVALID, 'fetch', get(ALLOWED, { body: 'x' })],
  ['a body that is an object', INVALID, 'fetch', get(ALLOWED, { method: 'POST', body: { a: 1 } })],
  ['a body of 256 KiB and a byte', INVALID, 'fetch', get(ALLOWED, { method: 'POST', body: 'x'.repeat(262_145) })],
  ['no time', INVALID, 'fetch', get(ALLOWED, { timeoutMs: 0 })],
  ['time in words', INVALID, 'fetch', get(ALLOWED, { timeoutMs: '1s' })],
  ['endless time', INVALID, 'fetch', get(ALLOWED, { timeoutMs: Number.POSITIVE_INFINITY })],
  ['two requests', INVALID, 'fetch', get(ALLOWED), get(ALLOWED)],
  // Metrics.
  ['no name', INVALID, 'metric', undefined, 1],
  ['an empty name', INVALID, 'metric', '', 1],
  ['a name with a line break', INVALID, 'metric', 'a\nb', 1],
  ['a name of 129 characters', INVALID, 'metric', 'a'.repeat(129), 1],
  ['a name that is an object', INVALID, 'metric', { name: 'a' }, 1],
  ['no value of a metric', INVALID, 'metric', 'a'],
  ['a value that is no number', INVALID, 'metric', 'a', '1'],
  ['a value that is NaN', INVALID, 'metric', 'a', Number.NaN],
  ['tags as a list', INVALID, 'metric', 'a', 1, ['b']],
  ['nine tags', INVALID, 'metric', 'a', 1, Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`t${n}`, '']))],
  ['a tag that is a number', INVALID, 'metric', 'a', 1, { b: 1 }],
  ['a tag of 129 characters', INVALID, 'metric', 'a', 1, { b: 'c'.repeat(129) }],
  ['a tag with a wrong name', INVALID, 'metric', 'a', 1, { 'b c': 'd' }],
  ['a fourth argument of metric', INVALID, 'metric', 'a', 1, {}, 'victim'],
  // Names of functions.
  ["a function that is nobody's", INVALID, 'kv.clear', null],
  ['a function of the object', INVALID, 'constructor'],
  ['__proto__', INVALID, '__proto__'],
  ['an empty function', INVALID, ''],
  ['a built-in function in another case', INVALID, 'KV.GET', null, 'k'],
  ['a built-in function with a space', INVALID, 'kv.get ', null, 'k'],
  ['all of kv', INVALID, 'kv', 'get', 'k'],
  ['the question of the supervisor itself', INVALID, ''],
  ['a function of the host that was not granted', DENIED, 'cache.purge'],
  ['a function of the host in another case', INVALID, 'Count'],
];

describe('a call that was made up', () => {
  test.each(CALLS.map((call) => [call[0], call] as const))(
    'with %s is refused, and nothing happens',
    async (_, call) => {
      const [, code, name, ...args] = call;
      const bench = new CallBench();
      for (const [space, key] of [
        [VICTIM, 'k'],
        [JSON.stringify([{ namespace: 'common' }, 'tenant', null]), 'k'],
      ] as const) {
        await bench.store.kv?.({ kind: 'kv.set', space, key, value: '"secret"', owner: VICTIM, quotaBytes: 1e6 });
      }
      await expect(bench.call({ permissions: GRANTED }, name, ...args)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/^[\s\S]{0,600}[.?]$/),
      });
      expect(bench.requests).toEqual([]);
      expect(bench.hostCalls).toEqual([]);
      expect(bench.calls.metrics()).toEqual([]);
      expect(await bench.call({ permissions: GRANTED }, 'kv.list', null)).toEqual({ keys: [], next: null });
    },
  );

  test('is one of more than a hundred kinds', () => {
    expect(CALLS.length).toBeGreaterThan(100);
  });
});

describe('a thread that calls without an end', () => {
  test('is refused when what waits takes more than sixteen messages', async () => {
    const bench = new CallBench();
    const run = { permissions: { ...GRANTED, maxFetchPerMinute: 5_000 } };
    const large = { ...(get(ALLOWED) as object), method: 'POST', body: 'x'.repeat(262_144) };
    for (let count = 0; count < 63; count += 1) void bench.call(run, 'fetch', large);
    await expect(bench.call(run, 'fetch', large)).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_CALL_LIMIT',
      message: 'fetch: 63 calls of the run already wait for an answer.',
    });
    expect(bench.requests).toHaveLength(63);
    expect(await bench.call({ ...run, runId: 'another' }, 'kv.get', null, 'k')).toBeNull();
  });

  test('is refused beyond a thousand calls that wait, and others are not', async () => {
    const bench = new CallBench();
    const run = { permissions: { ...GRANTED, maxFetchPerMinute: 5_000 } };
    const waiting = Array.from({ length: 1_000 }, () => bench.call(run, 'fetch', get(ALLOWED)));
    await expect(bench.call(run, 'kv.get', null, 'k')).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_CALL_LIMIT' });
    expect(await bench.call({ ...run, runId: 'another' }, 'kv.get', null, 'k')).toBeNull();
    bench.requests[0]?.answer({ status: 200, headers: {}, body: '', isTruncated: false });
    await waiting[0];
    expect(await bench.call(run, 'kv.get', null, 'k')).toBeNull();
  });
});
