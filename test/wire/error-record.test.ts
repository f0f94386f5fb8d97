import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { RunAbortedError } from '../../src/errors.ts';
import { errorFromRecord, errorRecord, reasonOf } from '../../src/wire/error-record.ts';

let foreignCalls = 0;
const forbidden = (): never => {
  foreignCalls += 1;
  throw new Error('foreign code was called');
};

describe('an error record', () => {
  afterEach(() => {
    expect(foreignCalls).toBe(0);
  });

  test('keeps name, message, stack, code and cause', () => {
    const cause = new TypeError('deeper');
    const record = errorRecord(Object.assign(new RangeError('out of range', { cause }), { code: 'E_RANGE' }));

    expect(record).toMatchObject({ name: 'RangeError', message: 'out of range', code: 'E_RANGE' });
    expect(record.stack).toContain('error-record.test');
    expect(record.cause).toMatchObject({ name: 'TypeError', message: 'deeper' });
  });

  test('names a class that does not name itself, an AbortError, and an error of another realm', () => {
    class PaymentError extends Error {}
    expect(errorRecord(new PaymentError('x')).name).toBe('PaymentError');
    expect(errorRecord(new DOMException('gone', 'TimeoutError'))).toMatchObject({
      name: 'TimeoutError',
      message: 'gone',
    });
    expect(errorRecord(new RunAbortedError('stop'))).toMatchObject({
      name: 'AbortError',
      code: 'ERR_ESCAPEMENT_ABORTED',
    });
    expect(errorRecord(runInNewContext("new SyntaxError('afar')"))).toMatchObject({
      name: 'SyntaxError',
      message: 'afar',
    });
  });

  test.each([
    [undefined, 'undefined was thrown, which is not an Error'],
    [null, 'null was thrown, which is not an Error'],
    [42n, '42n was thrown, which is not an Error'],
    ['just text', 'just text'],
    [{ reason: 'x', nested: {} }, '{ reason: "x", nested: [Object] } was thrown, which is not an Error'],
    [forbidden, '[Function] was thrown, which is not an Error'],
  ])('describes what is not an Error: %o', (thrown, message) => {
    expect(errorRecord(thrown)).toEqual({ name: 'NonError', message: expect.stringContaining(message) });
  });

  test.each(['message', 'name', 'code', 'cause', 'stack', 'errors', 'constructor'])(
    'does not call a getter of %s',
    (key) => {
      const own = Object.defineProperty(new Error('own'), key, { get: forbidden });
      const inherited = Object.create(
        Object.defineProperty(Object.create(Error.prototype), key, { get: forbidden }),
      ) as object;

      for (const thrown of [own, inherited]) expect(errorRecord(thrown).name).toMatch(/Error$/);
    },
  );

  test('asks no Proxy, whatever it stands for', () => {
    const proxy = new Proxy(new Error('x'), {
      get: forbidden,
      getOwnPropertyDescriptor: forbidden,
      getPrototypeOf: forbidden,
    });

    expect(errorRecord(proxy).message).toContain('a Proxy was thrown');
  });

  test('asks no Proxy among prototypes, causes and listed errors', () => {
    const trap = new Proxy(class {}, {
      get: forbidden,
      getOwnPropertyDescriptor: forbidden,
      getPrototypeOf: forbidden,
      has: forbidden,
    });
    const error = Object.setPrototypeOf(
      new AggregateError([trap], 'several', { cause: trap }),
      trap as object,
    ) as Error;

    expect(errorRecord(error)).toMatchObject({
      message: expect.stringContaining('several'),
      cause: { name: 'NonError' },
    });
  });

  test('is bounded in length, and keeps the frames of the stack', () => {
    const record = errorRecord(new Error('x'.repeat(10_000_000)));

    expect(JSON.stringify(record).length).toBeLessThan(13_000);
    expect(record.message).toContain('(9995904 more characters)');
    expect(record.stack).toContain('error-record.test');
  });

  test('is bounded in depth, also when a cause is its own', () => {
    const circular: Error & { cause?: unknown } = new Error('round');
    circular.cause = circular;
    let record = errorRecord(circular);
    let depth = 0;
    for (; record.cause !== undefined; record = record.cause) depth += 1;

    expect(depth).toBe(5);
  });

  test('lists the first errors of an AggregateError', () => {
    const errors = Array.from({ length: 7 }, (_, index) => new RangeError(`no ${index}`));

    const { message } = errorRecord(new AggregateError(errors, 'all failed'));

    expect(message).toBe(
      'all failed (RangeError: no 0; RangeError: no 1; RangeError: no 2; RangeError: no 3; RangeError: no 4; and 2 more)',
    );
  });
});

describe('a record of an error that refers to itself', () => {
  test('in its own list is bounded', () => {
    const error = new AggregateError([], 'x');
    error.errors.push(error);
    expect(errorRecord(error).message).toBe('x (AggregateError: x)');
    expect(reasonOf(error)).toBe('x (AggregateError: x)');
  });

  test('in lists and causes at every level is bounded', () => {
    const error: Error & { errors?: unknown; cause?: unknown } = new Error('x'.repeat(1_000_000));
    error.errors = Array.from({ length: 1_000_000 }, () => error);
    error.cause = error;
    expect(JSON.stringify(errorRecord(error)).length).toBeLessThan(100_000);
  });
});

describe('a reason', () => {
  test.each<[string, unknown, string]>([
    ['of an object without a prototype', Object.create(null), '{} was thrown, which is not an Error'],
    ['of a symbol', Symbol('why'), 'Symbol(why) was thrown, which is not an Error'],
    ['of a text', 'text', 'text'],
    ['of an error without a message', Object.assign(new RangeError('x'), { message: '' }), 'RangeError'],
    [
      'of an object whose toString throws',
      { toString: forbidden },
      '{ toString: [Function] } was thrown, which is not an Error',
    ],
    ['of a number too large to be written', 1n << 10_000_000n, '[BigInt] was thrown, which is not an Error'],
  ])('%s is one sentence', (_, thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason);
  });

  test('runs no code of what was thrown', () => {
    const message = Object.defineProperty(new Error('x'), 'message', { get: forbidden });
    const proxy = new Proxy({}, { get: forbidden, getPrototypeOf: forbidden, has: forbidden });
    class Evil extends RunAbortedError {
      static override get name(): string {
        return forbidden();
      }
    }
    for (const thrown of [message, proxy, new Evil('stop')]) expect(typeof reasonOf(thrown)).toBe('string');
    expect(foreignCalls).toBe(0);
  });

  test('is given although the stack cannot be formatted', () => {
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = forbidden;
    try {
      expect(errorRecord(new Error('x')).name).toMatch(/Error/);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
      foreignCalls = 0;
    }
  });
});

test('an error made of a record follows as many causes as a record has', () => {
  const record: { name: string; message: string; cause?: unknown } = { name: 'Error', message: 'round' };
  record.cause = record;
  let error = errorFromRecord(record as never);
  let depth = 0;
  for (; error.cause !== undefined; error = error.cause as Error) depth += 1;
  expect(depth).toBe(5);
});

test('an error made of a record is an Error, and makes the same record', () => {
  const cause = errorFromRecord({ name: 'NonError', message: 'text' });
  const record = errorRecord(Object.assign(new RangeError('out of range', { cause }), { code: 'E_RANGE' }));

  const error = errorFromRecord(record);

  expect(error).toBeInstanceOf(Error);
  expect(errorRecord(error)).toEqual(record);
});
