import { describe, expect, test } from 'vitest';
import { withCaller } from '../../src/index.ts';
import type { ScheduledPlugin, ScheduledRunContext } from '../../src/plugin.ts';
import { createVirtualCluster, createVirtualScheduler, type VirtualRequest } from '../../src/testing/index.ts';

const hourly = (run: ScheduledPlugin['run'], name = 'p'): ScheduledPlugin => ({
  name,
  schedules: () => [{ id: 's', cron: '@hourly' }],
  run,
});

describe('the functions of plugins in virtual time', () => {
  test('keep what a run leaves for the next one, through a stop and a crash', async () => {
    const seen: unknown[] = [];
    const counts = hourly(async ({ host }) => {
      const count = Number((await host.kv.get('count')) ?? 0) + 1;
      seen.push(count);
      await host.kv.set('count', count);
    });
    const scheduler = await createVirtualScheduler({ plugins: [counts] });
    await scheduler.start();
    await scheduler.advance('150m');
    await scheduler.crash();
    await scheduler.restart();
    await scheduler.advance('1h');
    await scheduler.stop();
    await scheduler.restart();
    await scheduler.advance('1h');
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test('keep permissions, tenants and quotas as in production', async () => {
    const seen: unknown[] = [];
    const run = async ({ host, tenantId }: ScheduledRunContext): Promise<void> => {
      await host.kv.set('who', `${tenantId}`, { namespace: 'common' });
      seen.push(await host.kv.get('who', { namespace: 'common' }));
      await host.kv.set('large', 'x'.repeat(2_000)).catch(({ code }) => seen.push(code));
      await host.kv.get('x', { namespace: 'other' }).catch(({ code }) => seen.push(code));
    };
    const permissions = { kvNamespaces: ['common'], storageQuotaKb: 1 };
    const plugins = ['a', 'b'].map((tenantId) => ({ plugin: hourly(run), tenantId, permissions }));
    const scheduler = await createVirtualScheduler({ plugins, threads: 1 });
    await scheduler.start();
    await scheduler.advance('61m');
    const refused = ['ERR_ESCAPEMENT_CALL_LIMIT', 'ERR_ESCAPEMENT_CALL_DENIED'];
    expect(seen).toEqual(['a', ...refused, 'b', ...refused]);
  });

  test('fetch what the test answers, as often as a minute of virtual time allows', async () => {
    const requests: VirtualRequest[] = [];
    const seen: unknown[] = [];
    const asks: ScheduledPlugin = {
      name: 'asks',
      schedules: () => [{ id: 's', cron: '20s' }],
      run: async ({ host }) => {
        const url = 'https://api.example.com/status';
        seen.push(
          await host.fetch(url).then(
            ({ status, body }) => [status, body],
            ({ code }) => code,
          ),
        );
      },
    };
    const permissions = { allowedUrls: ['https://api.example.com/'], maxFetchPerMinute: 2 };
    const scheduler = await createVirtualScheduler({
      plugins: [{ plugin: asks, permissions }],
      fetch: (request) => {
        requests.push(request);
        return requests.length === 2 ? Promise.reject(new Error('no route')) : { body: 'fine' };
      },
    });
    await scheduler.start();
    await scheduler.advance('80s');
    expect(seen).toEqual([[200, 'fine'], 'ERR_ESCAPEMENT_CALL_FAILED', 'ERR_ESCAPEMENT_CALL_LIMIT', [200, 'fine']]);
    expect(requests[0]).toEqual({ url: 'https://api.example.com/status', method: 'GET', headers: {}, body: null });
  });

  test('reach no network without an answer of the test', async () => {
    const seen: unknown[] = [];
    const asks = hourly(async ({ host }) => {
      await host.fetch('https://api.example.com/').catch(({ message }) => seen.push(message));
    });
    const permissions = { allowedUrls: ['https://api.example.com/'] };
    const scheduler = await createVirtualScheduler({ plugins: [{ plugin: asks, permissions }] });
    await scheduler.start();
    await scheduler.advance('1h');
    expect(seen).toEqual(['fetch: a virtual scheduler has no network: give it the option fetch.']);
  });

  test('call functions of the test, which hear who calls', async () => {
    const seen: unknown[] = [];
    const calls = hourly(async ({ host }) => {
      seen.push(await host['add']?.(2, 3));
      seen.push(await host['who']?.('x'));
      await host['nobody']?.();
      await host.metric('rows', 7);
    });
    const scheduler = await createVirtualScheduler({
      plugins: [calls],
      hostFunctions: {
        add: (a, b) => Number(a) + Number(b),
        who: withCaller(async (args, { key, runId }) => [...args, key, runId]),
      },
    });
    await scheduler.start();
    await scheduler.advance('1h');
    expect(seen).toEqual([5, ['x', 'p/s', 'run-1']]);
    expect((await scheduler.stats()).metrics).toMatchObject([{ plugin: 'p', name: 'rows', sum: 7 }]);
  });

  test('keep for all nodes of a cluster that share a store', async () => {
    const seen: number[] = [];
    const counts = hourly(async ({ host }) => {
      const count = Number((await host.kv.get('count')) ?? 0) + 1;
      seen.push(count);
      await host.kv.set('count', count);
    });
    const cluster = createVirtualCluster({ nodes: 3, plugins: [counts], seed: 5, backend: 'store' });
    await cluster.start();
    for (const node of cluster.nodes) {
      await cluster.advance('1h');
      node.crash();
    }
    expect(seen).toEqual([1, 2, 3]);
  });
});
