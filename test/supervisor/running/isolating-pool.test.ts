import { describe, expect, test } from 'vitest';
import type { RunPool } from '../../../src/supervisor/ports/run-pool.ts';
import { IsolatingPool } from '../../../src/supervisor/running/isolating-pool.ts';
import type { Isolation } from '../../../src/workers/protocol.ts';
import { PoolHarness, source } from '../../support/pool-harness.ts';

/** An isolating pool of real pools, and the kinds of those that it has made. */
class Pools implements AsyncDisposable {
  readonly opened: Isolation[] = [];
  readonly pool: IsolatingPool;

  constructor(byDefault: Isolation) {
    this.pool = new IsolatingPool(
      { thread: () => this.#open('thread'), process: () => this.#open('process') },
      byDefault,
    );
  }

  #open(isolation: Isolation): RunPool {
    this.opened.push(isolation);
    PoolHarness.isolation = isolation;
    return new PoolHarness().pool;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close();
  }
}

describe('an isolating pool', () => {
  test('makes only the pools that plugins need', async () => {
    await using pools = new Pools('thread');
    expect(pools.pool.stats()).toMatchObject({ threads: 0 });

    await pools.pool.load({ ...source('common.cjs'), isolation: 'process' }, 10_000);

    expect(pools.opened).toEqual(['process']);
    // The process that loaded, and its spare.
    expect(pools.pool.stats()).toMatchObject({ threads: 2, running: 0 });
  });

  test('sends a plugin that does not choose where the pool is set, and adds the counts up', async () => {
    await using pools = new Pools('process');

    await pools.pool.load(source('common.cjs'), 10_000);
    await pools.pool.load({ ...source('common.cjs'), isolation: 'thread' }, 10_000);

    expect(pools.opened).toEqual(['process', 'thread']);
    expect(pools.pool.stats()).toMatchObject({ threads: 3 });
  });

  test('knows whether a run has a thread or a process', () => {
    const poolWith = (own: string) => (): RunPool => {
      const parts: Pick<RunPool, 'hasThread' | 'places'> = {
        hasThread: (runId) => runId === own,
        places: () => ({ taken: 1, held: 0, all: 1, threads: 1, maxQueue: 0 }),
      };
      return parts as RunPool;
    };
    const pool = new IsolatingPool({ thread: poolWith('in-thread'), process: poolWith('in-process') }, 'thread');
    expect(pool.hasThread('in-thread')).toBe(false);

    for (const isolation of ['thread', 'process'] as const) {
      pool.places({ key: 'p/s', source: { ...source('empty.ts'), isolation } });
    }

    expect(['in-thread', 'in-process', 'queued'].map((runId) => pool.hasThread(runId))).toEqual([true, true, false]);
  });

  test('refuses a load after it is closed', async () => {
    await using pools = new Pools('thread');

    await pools.pool.close();

    await expect(pools.pool.load(source('common.cjs'), 10_000)).rejects.toThrow('the pool is closed');
  });
});
