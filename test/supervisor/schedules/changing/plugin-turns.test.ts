import { describe, expect, test } from 'vitest';
import { PluginTurns } from '../../../../src/supervisor/schedules/changing/plugin-turns.ts';

describe('PluginTurns', () => {
  test('begins a change at once, and the next one of the same plugin when it has ended', async () => {
    const turns = new PluginTurns();
    const told: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = turns.take('a', async () => {
      told.push('first begins');
      await gate.promise;
      told.push('first ends');
    });
    const second = turns.take('a', async () => told.push('second'));
    expect(told).toEqual(['first begins']);
    await turns.take('b', async () => told.push('other'));
    gate.resolve();
    await Promise.all([first, second]);
    expect(told).toEqual(['first begins', 'other', 'first ends', 'second']);
  });

  test('goes on after a change that failed, and keeps nothing', async () => {
    const turns = new PluginTurns();
    const failing = turns.take('a', () => Promise.reject(new Error('refused')));
    const next = turns.take('a', async () => 'done');
    expect(turns.size).toBe(1);
    await expect(failing).rejects.toThrow('refused');
    expect(await next).toBe('done');
    await turns.take('b', async () => {});
    await Promise.resolve();
    expect(turns.size).toBe(0);
  });
});
