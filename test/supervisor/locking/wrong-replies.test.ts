/** An engine whose lock backend answers anything: each wrong reply is a failure of the backend, and nothing else. */
import { describe, expect, test } from 'vitest';
import type { LockAnswers, LockExchange, LockHandle, LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { WRONG_ANSWERS, WRONG_HANDLES } from '../../support/hostile-replies.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const HOUR = 3_600_000;
const SECOND = 1_000;

/** A backend that is wrong until it is mended. */
class MendableBackend implements LockingPlugin {
  readonly name = 'hostile';
  isWrong = true;
  readonly #wrong: (right: LockHandle) => unknown;

  constructor(wrong: (right: LockHandle) => unknown) {
    this.#wrong = wrong;
  }

  tryLock(key: string, ttlMs: number): Promise<LockHandle | null> {
    const right = { key, lockId: `lock of ${key}`, ttlMs, fencingToken: '1' };
    return (this.isWrong ? this.#wrong(right) : right) as Promise<LockHandle | null>;
  }

  async renew(): Promise<boolean> {
    return true;
  }

  async release(): Promise<void> {}
}

/** The same, asked for a whole exchange at a time. */
class MendableExchange extends MendableBackend {
  async exchange({ renewals, attempts }: LockExchange): Promise<LockAnswers> {
    const taken = attempts.map(({ locks }) => locks.map(({ key, ttlMs }) => this.tryLock(key, ttlMs)));
    return { renewals: renewals.map(() => true), attempts: taken as never };
  }
}

async function livesWith(backend: MendableBackend): Promise<void> {
  const node = new VirtualEngine({ locking: backend });
  node.start(define('p/s', every(HOUR), { locking: 'require-global' }));
  await node.clock.advance(HOUR + 45 * SECOND);
  expect(node.outcomes('p/s')).toEqual({ 'lock-error': 1 });
  expect(node.engine.schedules.statuses()).toMatchObject([{ key: 'p/s', state: 'idle' }]);
  expect(node.warnings).toEqual([{ code: 'lock', message: 'p/s' }]);
  backend.isWrong = false;
  await node.clock.advance(HOUR);
  expect(node.outcomes('p/s')).toEqual({ 'lock-error': 1, succeeded: 1 });
  expect(node.unaccounted()).toEqual([]);
}

describe('a lock backend that', () => {
  test.each(Object.entries(WRONG_HANDLES))('answers with %s is a broken backend', async (_what, wrong) => {
    await livesWith(new MendableBackend(wrong));
    await livesWith(new MendableExchange(wrong));
  });

  test.each(Object.entries(WRONG_ANSWERS))('%s is a broken backend', async (_what, wrong) => {
    await livesWith(new MendableBackend(wrong));
  });

  test.each(Object.entries(WRONG_ANSWERS))('%s to an exchange is a broken backend', async (_what, wrong) => {
    const backend = new MendableExchange(() => null);
    const right = backend.exchange.bind(backend);
    backend.exchange = (request) => (backend.isWrong ? wrong() : right(request)) as Promise<LockAnswers>;
    await livesWith(backend);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an array', []],
    ['no lists', {}],
    ['a list that is none', { renewals: [], attempts: 'all' }],
    ['a short list', { renewals: [], attempts: [] }],
    ['a long list', { renewals: [], attempts: [null, null] }],
    ['a text for an attempt', { renewals: [], attempts: ['OK'] }],
    ['too few locks', { renewals: [], attempts: [[]] }],
    ['null for one lock of an attempt', { renewals: [], attempts: [[null, null]] }],
  ])('gives %s for an exchange is a broken backend', async (_what, reply) => {
    const backend = new MendableExchange(() => null);
    const right = backend.exchange.bind(backend);
    backend.exchange = (request) => (backend.isWrong ? Promise.resolve(reply as LockAnswers) : right(request));
    await livesWith(backend);
  });
});
