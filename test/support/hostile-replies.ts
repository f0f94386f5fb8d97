/** Replies of a lock backend that are wrong, each in one way; `right` is what it should have been for the lock. */
import type { LockHandle } from '../../src/supervisor/ports/locking.ts';

type Reply = (right: LockHandle) => unknown;

const thrower = (): never => {
  throw new Error('thrown');
};
const trap = new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getOwnPropertyDescriptor: thrower });

export const WRONG_HANDLES: Readonly<Record<string, Reply>> = {
  'nothing at all': () => undefined,
  'a boolean': () => true,
  'a text': () => 'OK',
  'an empty object': () => ({}),
  'an array': (right) => [right],
  'the lock of another key': (right) => ({ ...right, key: 'another/key' }),
  'no key': ({ key: _, ...rest }) => rest,
  'no id': ({ lockId: _, ...rest }) => rest,
  'an empty id': (right) => ({ ...right, lockId: '' }),
  'a number for an id': (right) => ({ ...right, lockId: 7 }),
  'a ttl that is past': (right) => ({ ...right, ttlMs: -1 }),
  'no ttl': (right) => ({ ...right, ttlMs: 0 }),
  'NaN for a ttl': (right) => ({ ...right, ttlMs: Number.NaN }),
  'an endless ttl': (right) => ({ ...right, ttlMs: Number.POSITIVE_INFINITY }),
  'a text for a ttl': (right) => ({ ...right, ttlMs: '15000' }),
  'a token that is a number': (right) => ({ ...right, fencingToken: 7 }),
  'a token that is no number': (right) => ({ ...right, fencingToken: 'abc' }),
  'a token below 0': (right) => ({ ...right, fencingToken: '-1' }),
  'null for a token': (right) => ({ ...right, fencingToken: null }),
  'a getter that throws': (right) => ({
    ...right,
    get ttlMs() {
      return thrower();
    },
  }),
  'a Proxy whose traps throw': () => trap,
};

/** An object that passes for a promise, with a `then` as it is described. */
const thenable = (then: PropertyDescriptor) => () => Object.defineProperty({}, 'then', then);

/** What a call does instead of answering. */
export const WRONG_ANSWERS: Readonly<Record<string, () => unknown>> = {
  'throws at once': thrower,
  'rejects with undefined': () => Promise.reject(undefined),
  'rejects with a Proxy': () => Promise.reject(trap),
  'answers with a thenable that throws': thenable({ value: thrower }),
  'answers with a thenable that cannot be read': thenable({ get: thrower }),
  'answers with a thenable that rejects and then resolves': thenable({
    value: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => {
      reject(new Error('no'));
      resolve(null);
    },
  }),
  'never answers': () => new Promise(() => {}),
};
