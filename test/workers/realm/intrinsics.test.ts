import { describe, expect, test } from 'vitest';
import { Intrinsics } from '../../../src/workers/realm/intrinsics.ts';

const { stringify } = JSON;
const { push } = Array.prototype;
const { trunc } = Math;

describe('the built-in objects of a thread', () => {
  test('are as they were', () => {
    expect(new Intrinsics().restore('all')).toBeNull();
  });

  test('are put back when they were changed, and the first change is named', () => {
    const intrinsics = new Intrinsics();
    JSON.stringify = () => 'changed';
    Array.prototype.push = () => 0;

    const named = intrinsics.restore('hot');

    expect(named).toMatch(/^(JSON\.stringify|Array\.prototype\.push)$/);
    expect(JSON.stringify).toBe(stringify);
    expect(Array.prototype.push).toBe(push);
    expect(intrinsics.restore('all')).toBeNull();
  });

  test('are all compared when a run had time to change anything', () => {
    const intrinsics = new Intrinsics();
    Math.trunc = () => 0;

    expect(intrinsics.restore('hot')).toBeNull();
    expect(intrinsics.restore('all')).toBe('Math.trunc');
    expect(Math.trunc).toBe(trunc);
  });

  test('are put back when a getter that throws stands in their place', () => {
    const intrinsics = new Intrinsics();
    Object.defineProperty(JSON, 'stringify', {
      configurable: true,
      get: () => {
        throw new Error('a trap');
      },
    });

    expect(intrinsics.restore('hot')).toBe('JSON.stringify');
    expect(JSON.stringify).toBe(stringify);
  });

  test('show what was added to every object', () => {
    const intrinsics = new Intrinsics();
    Object.defineProperty(Object.prototype, 'added', { value: 1, configurable: true, enumerable: true });
    expect(intrinsics.restore('hot')).toBe('Object.prototype');
    expect('added' in {}).toBe(false);

    Object.defineProperty(Object.prototype, 'hidden', { value: 1, configurable: true });
    expect(intrinsics.restore('hot')).toBeNull();
    expect(intrinsics.restore('all')).toBe('Object.prototype');
    expect('hidden' in {}).toBe(false);
  });

  test('show symbols that were added to every object or array, and to one class', () => {
    const intrinsics = new Intrinsics();
    const value = () => false;
    Object.defineProperty(Object.prototype, Symbol.toPrimitive, { value, configurable: true });
    expect(intrinsics.restore('hot')).toBe('Object.prototype');
    Object.defineProperty(Array.prototype, Symbol.isConcatSpreadable, { value: false, configurable: true });
    expect(intrinsics.restore('hot')).toBe('Array.prototype');
    expect([1].concat([2])).toEqual([1, 2]);
    Object.defineProperty(Object.prototype, Symbol('own'), { value, configurable: true });
    expect(intrinsics.restore('all')).toBe('Object.prototype');
    Object.defineProperty(Array, Symbol.hasInstance, { value, configurable: true });
    expect(intrinsics.restore('deep')).toBe('Array.Symbol(Symbol.hasInstance)');
    expect(Object.hasOwn(Array, Symbol.hasInstance)).toBe(false);
    expect(intrinsics.restore('deep')).toBeNull();
  });

  test('are put back when a getter, a prototype or the next step of generators was changed', () => {
    const intrinsics = new Intrinsics();
    const species = Object.getOwnPropertyDescriptor(Promise, Symbol.species) as PropertyDescriptor;
    Object.defineProperty(Promise, Symbol.species, { get: () => Array, configurable: true });
    expect(intrinsics.restore('all')).toBe('Promise.Symbol(Symbol.species)');
    expect(Object.getOwnPropertyDescriptor(Promise, Symbol.species)).toEqual(species);

    Object.setPrototypeOf(Array.prototype, {});
    expect(intrinsics.restore('all')).toBe('Array.prototype');
    expect(Object.getPrototypeOf(Array.prototype)).toBe(Object.prototype);

    const generators = Object.getPrototypeOf(Object.getPrototypeOf((function* none() {})())) as { next: unknown };
    const { next } = generators;
    generators.next = () => ({ done: true });
    expect(intrinsics.restore('all')).toBe('Generator.prototype.next');
    expect(generators.next).toBe(next);
  });

  test('let a plugin say how errors look while it is loaded, and not in a run', () => {
    const intrinsics = new Intrinsics();
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 50;
    intrinsics.began();
    expect(intrinsics.restore('hot')).toBeNull();

    Error.stackTraceLimit = 1;
    expect(intrinsics.restore('hot')).toBe('Error.stackTraceLimit');
    expect(Error.stackTraceLimit).toBe(50);
    Error.stackTraceLimit = stackTraceLimit;
  });
});
