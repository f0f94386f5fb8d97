/** The line to Redis is cut while a run is under way, so that its lock cannot be given back when it ends. */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { redisLocking } from '../../src/index.ts';
import { fixture, nextRun, startScheduler } from '../support/scheduler-harness.ts';
import { needsRedis } from '../support/servers/needs.ts';
import { RedisServer } from '../support/servers/redis-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { TcpProxy } from '../support/servers/tcp-proxy.ts';

describeWith(needsRedis())('a schedule whose lock could not be given back', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  test('starts again when the line is mended, and nothing is told as contended', async () => {
    const proxy = await TcpProxy.open(server.port);
    onTestFinished(() => proxy.close());
    const { promise: mended, resolve: end } = Promise.withResolvers<void>();
    const scheduler = await startScheduler({
      plugins: [{ module: fixture('plugins/awaits-host.ts'), options: { cron: '500ms', locking: 'require-global' } }],
      cluster: true,
      hostFunctions: { done: () => mended },
      locking: redisLocking({ url: `redis://127.0.0.1:${proxy.port}` }),
    });
    const outcomes: string[] = [];
    scheduler.on('decision', ({ outcome }) => outcomes.push(outcome));
    await once(scheduler, 'run-start');
    proxy.refuse();
    end();
    await nextRun(scheduler);
    const failed = once(scheduler, 'decision');
    await failed;
    proxy.heal();
    const healedAtMs = Date.now();
    const { outcome, scheduledAtMs } = await nextRun(scheduler);
    expect(outcome).toBe('succeeded');
    // The lock would have stayed for its ttl of 15 s; what falls due within it runs.
    expect(scheduledAtMs).toBeLessThan(healedAtMs + 10_000);
    expect(outcomes).not.toContain('contended');
  }, 60_000);
});
