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
    Object.defineProperty(Object.prototype, 'added', { value: 1, configurable: true });

    expect(intrinsics.restore('hot')).toBe('Object.prototype');

    Reflect.deleteProperty(Object.prototype, 'added');
    expect(intrinsics.restore('hot')).toBeNull();
  });
});
