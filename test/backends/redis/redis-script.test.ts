import { expect, onTestFinished, test } from 'vitest';
import { RedisConnection } from '../../../src/backends/redis/redis-connection.ts';
import { redisOptions } from '../../../src/backends/redis/redis-locking-options.ts';
import { EXCHANGE_SCRIPT, exchangeInput } from '../../../src/backends/redis/redis-script.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import { needsRedis } from '../../support/servers/needs.ts';
import { RedisServer } from '../../support/servers/redis-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const DEADLINE_MS = '1e15';
const EARLY_MS = '10000';
/** Nothing was told. */
const REST = [0];

describeWith(needsRedis())('the exchange script', () => {
  test('grants a request that is sent again what it took, and nothing to others', async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server.stop());
    const connection = await RedisConnection.open(redisOptions({ url: server.url }), new SystemClock());
    onTestFinished(() => connection.close());
    // The claim lasts less long than the occurrence lies back, so it is also one that the last claim rules out.
    const claim = { key: 'k@1000', ttlMs: 60_000, occurrence: { of: 'k', atMs: 1_000 } };
    const send = (lockId: string) => {
      const attempts = [
        [
          { key: 'k', lockId, ttlMs: 60_000 },
          { ...claim, lockId },
        ],
      ];
      const { keys, argument } = exchangeInput('again', { releases: [], renewals: [], attempts });
      return connection.run({ script: EXCHANGE_SCRIPT, keys, values: [DEADLINE_MS, argument, EARLY_MS] }, 3_000);
    };
    const token = expect.stringMatching(/^\d+$/);
    expect(await send('a')).toEqual([0, expect.any(String), [], [[token, token]], ...REST]);
    expect(await send('a')).toEqual([0, expect.any(String), [], [[token, token]], ...REST]);
    expect(await send('b')).toEqual([0, expect.any(String), [], [0], ...REST]);
  });
});
