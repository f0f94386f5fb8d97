import { describe, expect, test } from 'vitest';
import { chainOf, hasText, ownPropertyOf, propertyOf } from '../../src/wire/property-chain.ts';

const forbidden = (): never => {
  throw new Error('foreign code was called');
};

describe('a property chain', () => {
  test('finds own and inherited data', () => {
    const chain = chainOf(Object.create({ inherited: 'b' }, { own: { value: 'a' } }) as object);

    expect(propertyOf(chain, 'own')).toEqual({ kind: 'data', value: 'a' });
    expect(propertyOf(chain, 'inherited')).toEqual({ kind: 'data', value: 'b' });
    expect(propertyOf(chain, 'other')).toEqual({ kind: 'absent' });
    expect(hasText(chain, 'inherited')).toBe(true);
    expect(hasText(chain, 'toString')).toBe(false);
  });

  test('hides a getter without calling it', () => {
    const owner = Object.defineProperty({}, 'bomb', { get: forbidden });

    expect(ownPropertyOf(owner, 'bomb')).toEqual({ kind: 'hidden' });
    expect(propertyOf(chainOf(Object.create(owner) as object), 'bomb')).toEqual({ kind: 'hidden' });
  });

  test('ends at a Proxy without asking it, and hides what the Proxy may have', () => {
    const proxy = new Proxy({}, { get: forbidden, getOwnPropertyDescriptor: forbidden, getPrototypeOf: forbidden });
    const chain = chainOf(Object.create(proxy, { own: { value: 1 } }) as object);

    expect(chain.isWhole).toBe(false);
    expect(propertyOf(chain, 'own')).toEqual({ kind: 'data', value: 1 });
    expect(propertyOf(chain, 'other')).toEqual({ kind: 'hidden' });
  });
});
