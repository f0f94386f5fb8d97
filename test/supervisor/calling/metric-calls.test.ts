import { describe, expect, test } from 'vitest';
import { CallBench } from '../../support/call-bench.ts';

describe('metric', () => {
  test('adds up values under their name and tags, in whichever order the tags are written', async () => {
    const bench = new CallBench();
    await bench.call({}, 'metric', 'rows', 3, { table: 'a', kind: 'new' });
    await bench.call({}, 'metric', 'rows', -1.5, { kind: 'new', table: 'a' });
    await bench.clock.advance(10);
    await bench.call({}, 'metric', 'rows', 2, { table: 'a', kind: 'new' });
    await bench.call({ tenantId: 't' }, 'metric', 'rows', 7);
    const lastAtMs = bench.clock.nowMs();
    expect(bench.calls.metrics()).toEqual([
      {
        plugin: 'reports',
        name: 'rows',
        tags: { kind: 'new', table: 'a' },
        count: 3,
        sum: 3.5,
        min: -1.5,
        max: 3,
        last: 2,
        lastAtMs,
      },
      { plugin: 'reports', tenantId: 't', name: 'rows', tags: {}, count: 1, sum: 7, min: 7, max: 7, last: 7, lastAtMs },
    ]);
  });

  test('has room for 256 names with different tags of each installation, and adds to those that it has', async () => {
    const bench = new CallBench();
    for (let index = 0; index < 256; index += 1) await bench.call({}, 'metric', 'm', 1, { index: `${index}` });
    await expect(bench.call({}, 'metric', 'another', 1)).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_CALL_LIMIT',
      message: 'metric: the plugin has 256 names with different tags already: use fewer tags.',
    });
    await bench.call({}, 'metric', 'm', 1, { index: '7' });
    await bench.call({ plugin: 'other' }, 'metric', 'another', 1);
    expect(bench.calls.metrics()).toHaveLength(257);
  });

  test('has room for 10,000 of all installations', async () => {
    const bench = new CallBench();
    const results = await Promise.allSettled(
      Array.from({ length: 10_100 }, (_, index) =>
        bench.call({ tenantId: `${index % 50}`, runId: `${index}` }, 'metric', `m${index}`, 1),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10_000);
    expect(bench.calls.metrics()).toHaveLength(10_000);
  });

  test('is forgotten with its installation, and leaves its room to others', async () => {
    const bench = new CallBench();
    for (let tenant = 0; tenant < 41; tenant += 1) {
      const run = { tenantId: `${tenant}`, runId: `${tenant}` };
      for (let index = 0; index < 250; index += 1) await bench.call(run, 'metric', `m${index}`, 1);
      bench.calls.keep([{ name: 'reports', reference: { tenantId: `${tenant}` } }]);
    }
    expect(bench.calls.metrics()).toHaveLength(250);
    bench.calls.keep([{ name: 'reports', reference: {} }]);
    expect(bench.calls.metrics()).toEqual([]);
  });

  test('is refused when the sum would no longer be a number, and the sum stays as it is', async () => {
    const bench = new CallBench();
    await bench.call({}, 'metric', 'm', 1.7e308);
    await expect(bench.call({}, 'metric', 'm', 1.7e308)).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_CALL_LIMIT',
      message: 'metric: the sum of its values would be Infinity: measure in a larger unit.',
    });
    expect(bench.calls.metrics()).toMatchObject([{ count: 1, sum: 1.7e308, last: 1.7e308 }]);
  });

  test('gives away nothing of its own when it is read', async () => {
    const bench = new CallBench();
    await bench.call({}, 'metric', 'm', 1);
    const before = bench.calls.metrics();
    await bench.call({}, 'metric', 'm', 1);
    expect(before[0]?.count).toBe(1);
  });
});
