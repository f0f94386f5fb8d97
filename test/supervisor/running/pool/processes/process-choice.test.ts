import { beforeEach, describe, expect, test } from 'vitest';
import type { PoolProcess } from '../../../../../src/supervisor/running/pool/processes/pool-process.ts';
import { ProcessChoice } from '../../../../../src/supervisor/running/pool/processes/process-choice.ts';
import type { WorkerTask } from '../../../../../src/supervisor/running/pool/worker-task.ts';
import { VirtualClock } from '../../../../../src/testing/virtual-clock.ts';

interface Child {
  readonly isIdle?: boolean;
  readonly isReady?: boolean;
  readonly loaded?: readonly string[];
}

function child({ isIdle = true, isReady = true, loaded = [] }: Child = {}): PoolProcess {
  return { isIdle, isReady, sourceIds: new Set(loaded), lastSourceId: loaded.at(-1) ?? null } as unknown as PoolProcess;
}

const task = (id: string): WorkerTask => ({ message: { source: { id } } }) as unknown as WorkerTask;

describe('ProcessChoice', () => {
  const clock = new VirtualClock();
  let choice: ProcessChoice;
  beforeEach(() => {
    choice = new ProcessChoice(clock);
  });

  test('prefers a child that has loaded the plugin to others, and any idle one to none', () => {
    const [busy, other, own] = [child({ isIdle: false, loaded: ['a'] }), child(), child({ loaded: ['a'] })];
    expect(choice.idleFor(task('a'), [busy, other, own])).toBe(own);
    expect(choice.idleFor(task('b'), [busy, other, own])).toBe(other);
    expect(choice.idleFor(task('a'), [busy])).toBeNull();
  });

  test('leaves the last child that is ready to others for a while, when a run of the plugin has ended one', () => {
    const [ready, starting] = [child({ loaded: ['a'] }), child({ isReady: false })];
    choice.ended(child({ loaded: ['b', 'a'] }));
    expect(choice.idleFor(task('a'), [ready, starting])).toBeNull();
    expect(choice.idleFor(task('b'), [ready, starting])).toBe(ready);
    expect(choice.idleFor(task('a'), [ready, child()])).toBe(ready);
  });

  test('trusts the plugin again later', async () => {
    const ready = child();
    choice.ended(child({ loaded: ['a'] }));
    await clock.advance(1_999);
    expect(choice.idleFor(task('a'), [ready])).toBeNull();
    await clock.advance(1);
    expect(choice.idleFor(task('a'), [ready])).toBe(ready);
  });

  test('suspects nobody of the end of a child that had no task', () => {
    const ready = child();
    choice.ended(child());
    expect(choice.idleFor(task('a'), [ready])).toBe(ready);
  });
});
