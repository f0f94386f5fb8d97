import { describe, expect, test } from 'vitest';
import { PluginLoadError } from '../../src/errors.ts';
import type { Guest } from '../../src/workers/guest.ts';
import { acceptedGuest, declarationOf, fingerprintOf } from '../../src/workers/load-plugin.ts';
import { source } from '../support/pool-harness.ts';

function declaring(schedules: unknown, name: unknown = 'p'): Promise<unknown> {
  const guest = { declare: async () => ({ name, priority: undefined, schedules }) } as unknown as Guest;
  return declarationOf(guest, source('empty.ts'));
}

const doubled = (levels: number): unknown =>
  Array.from({ length: levels }).reduce((inner) => [inner, inner], 1 as unknown);

describe('what a plugin declares', () => {
  test('crosses as a copy', async () => {
    const schedules = [{ id: 'a', cron: '1h', config: { deep: [1] } }];
    const declared = (await declaring(schedules)) as { schedules: unknown };
    expect(declared.schedules).toEqual(schedules);
    expect(declared.schedules).not.toBe(schedules);
  });

  test.each([
    ['holes', new Array(4_294_967_295), 'returned 4294967295 schedules: it may return up to 100000'],
    ['an id of many characters', [{ id: 'x'.repeat(5_000_000), cron: '1h' }], 'of more than 1048576 bytes'],
    [
      'much in all',
      Array.from({ length: 70 }, () => ({ config: 'x'.repeat(1_000_000) })),
      'returned more than 67108864 bytes',
    ],
    ['something large that is no list', { text: 'x'.repeat(5_000_000) }, 'it must return an array of schedules'],
  ])('is refused before it is sent: %s', async (_, schedules, reason) => {
    await expect(declaring(schedules)).rejects.toMatchObject({
      name: 'PluginLoadError',
      message: expect.stringContaining(reason),
    });
  });

  test.each([
    ['a config that is larger than it looks', { config: doubled(26) }, 'its text is longer than 262,144 characters'],
    ['a function', { id: () => {} }, 'it is a function'],
    ['a class', { config: { at: [new Date(0)] } }, 'at[0] is a Date'],
  ])('leaves out what cannot cross, and says why: %s', async (_, given, problem) => {
    const [field] = Object.keys(given);
    expect(await declaring([{ cron: '1h', ...given }])).toMatchObject({
      schedules: [{ cron: '1h' }],
      unsendable: [{ index: 0, field, problem }],
    });
  });

  test('crosses as plain data when it is of a class', async () => {
    class Hourly {
      readonly cron = '1h';
    }
    const declared = (await declaring([new Hourly()])) as { schedules: unknown[] };
    expect(declared.schedules).toStrictEqual([{ cron: '1h' }]);
  });

  test.each([
    ['a name', [], new Map(), 'what it says of itself is not plain data: name is a Map'],
    ['a schedule', [[new Date(0)]], 'p', 'returned [Array of 1] at index 0: a schedule must be plain data'],
    ['a number', [{ cron: '1h', maxLateMs: 1n << 100_000_000n }], 'p', 'a schedule of more than 1048576 bytes'],
  ])('is refused when it carries what cannot be seen from outside, as %s', async (_, schedules, name, reason) => {
    await expect(declaring(schedules, name)).rejects.toThrow(reason);
  });

  test('is not read to its end when it is too much in all', async () => {
    let readCount = 0;
    const config = ['x'.repeat(250_000)];
    const counted = () =>
      new Proxy({ id: 'a', cron: '1h', config }, { ownKeys: (target) => [...Reflect.ownKeys(target), ...count()] });
    const count = (): string[] => {
      readCount += 1;
      return [];
    };
    await expect(declaring(Array.from({ length: 2_000 }, counted))).rejects.toThrow(PluginLoadError);
    expect(readCount).toBeGreaterThan(200);
    expect(readCount).toBeLessThan(1_000);
  });

  test('is refused for a name of many characters', async () => {
    await expect(declaring([], 'x'.repeat(5_000_000))).rejects.toThrow(
      'what it says of itself beside its schedules takes more than 1048576 bytes',
    );
  });
});

describe('a guest for the runs of a version that was accepted', () => {
  const declaration = { name: 'p', priority: undefined, schedules: [{ id: 'a', cron: '1h' }] };
  const guest = { declare: async () => declaration } as unknown as Guest;
  const later = { ...declaration, schedules: [{ id: 'a', cron: '2h' }] };

  test('is whatever is there, unless a later version was refused', async () => {
    const never = { declare: () => expect.fail('nobody needs to know') } as unknown as Guest;
    expect(await acceptedGuest(never, source('empty.ts'))).toBe(never);
  });

  test('declares what the accepted one has declared, after a later version was refused', async () => {
    const asked = (from: object) => acceptedGuest(guest, { ...source('empty.ts'), ...from });
    expect(await asked({ mustDeclare: fingerprintOf(declaration) })).toBe(guest);
    await expect(asked({ mustDeclare: fingerprintOf(later) })).rejects.toMatchObject({
      name: 'PluginLoadError',
      message: expect.stringContaining('a later one was refused: reload it once it is right'),
    });
  });

  test('cannot be told from others by what is no JSON', () => {
    expect(fingerprintOf({ ...declaration, priority: 5n })).toBeUndefined();
  });
});
