import { describe, expect, test } from 'vitest';
import { CallBench, EMPTY_ANSWER } from '../../support/call-bench.ts';

const URL_1 = 'https://api.example.com/reports/1';
const PERMITTED = { permissions: { allowedUrls: ['https://api.example.com/reports/'] } };

/** Calls `fetch` so often, and answers each request at once. Resolves to what the calls ended with. */
async function callOften(bench: CallBench, run: object, count: number): Promise<PromiseSettledResult<unknown>[]> {
  const results = Promise.allSettled(Array.from({ length: count }, () => bench.call(run, 'fetch', { url: URL_1 })));
  await bench.clock.settle();
  for (const request of bench.requests) request.answer(EMPTY_ANSWER);
  return results;
}

const done = (results: readonly PromiseSettledResult<unknown>[]): number =>
  results.filter(({ status }) => status === 'fulfilled').length;

describe('fetch', () => {
  test('passes on a request as it is allowed, and answers what comes back', async () => {
    const bench = new CallBench();
    const request = { url: `${URL_1}?q=1#part`, method: 'post', headers: { 'X-A': 'b' }, body: 'ü', timeoutMs: 500 };
    const called = bench.call({ ...PERMITTED, tenantId: 't' }, 'fetch', request);
    expect(bench.requests.map(({ order }) => order)).toEqual([
      {
        url: `${URL_1}?q=1`,
        method: 'POST',
        headers: { 'x-a': 'b' },
        body: 'ü',
        timeoutMs: 500,
        allowedUrls: ['https://api.example.com/reports/'],
        owner: '["reports","t",null]',
      },
    ]);
    const answer = { status: 201, headers: { etag: '"1"' }, body: 'done', isTruncated: false };
    bench.requests[0]?.answer(answer);
    expect(await called).toEqual(answer);
  });

  test('takes ten seconds at most by default, and never longer than the run', () => {
    const bench = new CallBench();
    void bench.call(PERMITTED, 'fetch', { url: URL_1 });
    void bench.call(PERMITTED, 'fetch', { url: URL_1, timeoutMs: 3_600_000 });
    expect(bench.requests.map(({ order }) => order.timeoutMs)).toEqual([10_000, 60_000]);
  });

  test('takes no longer than a timer can wait, however long the run may take', () => {
    const bench = new CallBench();
    const wallMs = 30 * 86_400_000;
    for (const timeoutMs of [2 ** 31 - 1, 2 ** 31, 1e300]) {
      void bench.call({ ...PERMITTED, wallMs }, 'fetch', { url: URL_1, timeoutMs });
    }
    const longest = 2 ** 31 - 1;
    expect(bench.requests.map(({ order }) => order.timeoutMs)).toEqual([longest, longest, longest]);
  });

  test('is allowed to nobody who was not granted a URL', async () => {
    for (const permissions of [undefined, {}, { allowedUrls: [] }]) {
      await expect(
        new CallBench().call({ ...(permissions && { permissions }) }, 'fetch', { url: URL_1 }),
      ).rejects.toMatchObject({
        code: 'ERR_ESCAPEMENT_CALL_DENIED',
        message: `fetch: the plugin may not ask for ${URL_1} (permissions.allowedUrls).`,
      });
    }
  });

  test.each([
    ['denied', 'ERR_ESCAPEMENT_CALL_DENIED'],
    ['failed', 'ERR_ESCAPEMENT_CALL_FAILED'],
  ] as const)('rejects when the request was %s on its way', async (fault, code) => {
    const bench = new CallBench();
    const called = bench.call(PERMITTED, 'fetch', { url: URL_1 });
    bench.requests[0]?.answer({ fault, reason: 'it was redirected' });
    await expect(called).rejects.toMatchObject({ code, message: 'fetch: it was redirected.' });
  });

  test("is given up when its run ends, and no other run's is", async () => {
    const bench = new CallBench();
    for (const runId of ['run-1', 'run-1', 'run-2']) void bench.call({ ...PERMITTED, runId }, 'fetch', { url: URL_1 });
    bench.calls.ended('run-1');
    expect(bench.requests.map(({ isCancelled }) => isCancelled)).toEqual([true, true, false]);
    await bench.calls.close();
    expect(bench.requests[2]?.isCancelled).toBe(true);
  });

  test('is not cancelled after its answer', async () => {
    const bench = new CallBench();
    const run = { ...PERMITTED, runId: 'run-1' };
    const called = bench.call(run, 'fetch', { url: URL_1 });
    void bench.call(run, 'fetch', { url: URL_1 });
    bench.requests[0]?.answer(EMPTY_ANSWER);
    await called;
    bench.calls.ended('run-1');
    expect(bench.requests.map(({ isCancelled }) => isCancelled)).toEqual([false, true]);
  });
});

describe('the rate of fetch', () => {
  test('is thirty in any minute by default, for all runs of an installation together', async () => {
    const bench = new CallBench();
    expect(done(await callOften(bench, { ...PERMITTED, runId: 'a' }, 20))).toBe(20);
    await bench.clock.advance(30_000);
    expect(done(await callOften(bench, { ...PERMITTED, runId: 'b' }, 20))).toBe(10);
    await expect(bench.call(PERMITTED, 'fetch', { url: URL_1 })).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_CALL_LIMIT',
      message:
        'fetch: the plugin may call it 30 times a minute (permissions.maxFetchPerMinute): the next one may be made in 30000 ms.',
    });
    await bench.clock.advance(29_999);
    expect(done(await callOften(bench, PERMITTED, 1))).toBe(0);
    await bench.clock.advance(1);
    // The first twenty are a minute old, the ten after them are not.
    expect(done(await callOften(bench, PERMITTED, 30))).toBe(20);
  });

  test('is counted for each tenant, site and plugin by itself', async () => {
    const bench = new CallBench();
    const permissions = { ...PERMITTED.permissions, maxFetchPerMinute: 2 };
    for (const place of [{}, { tenantId: 't' }, { tenantId: 't', siteId: 's' }, { plugin: 'other' }]) {
      expect(done(await callOften(bench, { permissions, ...place }, 5))).toBe(2);
    }
  });

  test('does not count what was refused', async () => {
    const bench = new CallBench();
    const permissions = { ...PERMITTED.permissions, maxFetchPerMinute: 1 };
    for (let count = 0; count < 5; count += 1) {
      await expect(bench.call({ permissions }, 'fetch', { url: 'https://example.com/' })).rejects.toThrow('may not');
      await expect(bench.call({ permissions }, 'fetch', { url: 'nothing' })).rejects.toThrow('absolute');
    }
    expect(done(await callOften(bench, { permissions }, 2))).toBe(1);
    expect(done(await callOften(bench, { permissions }, 2))).toBe(0);
  });

  test('may be nothing at all', async () => {
    const bench = new CallBench();
    const permissions = { ...PERMITTED.permissions, maxFetchPerMinute: 0 };
    await expect(bench.call({ permissions }, 'fetch', { url: URL_1 })).rejects.toThrow(
      'fetch: the plugin may call it 0 times a minute (permissions.maxFetchPerMinute).',
    );
  });

  test('forgets those who have not called for a minute', async () => {
    const bench = new CallBench();
    const permissions = { ...PERMITTED.permissions, maxFetchPerMinute: 1 };
    for (let tenant = 0; tenant < 1_500; tenant += 1) {
      await bench.clock.advance(50);
      void bench.call({ permissions, tenantId: `${tenant}`, runId: `${tenant}` }, 'fetch', { url: URL_1 });
    }
    expect(bench.requests).toHaveLength(1_500);
    await expect(
      bench.call({ permissions, tenantId: '1499', runId: 'x' }, 'fetch', { url: URL_1 }),
    ).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_CALL_LIMIT' });
  });
});
