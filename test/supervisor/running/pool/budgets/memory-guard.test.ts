import { describe, expect, test } from 'vitest';
import { BudgetWatch } from '../../../../../src/supervisor/running/pool/budgets/budget-watch.ts';
import { type GreedyTask, MemoryGuard } from '../../../../../src/supervisor/running/pool/budgets/memory-guard.ts';
import { VirtualClock } from '../../../../../src/testing/virtual-clock.ts';

const MIB = 1_024 * 1_024;

function makeGuard(held: Readonly<Record<string, GreedyTask['held']>>) {
  const clock = new VirtualClock();
  const events: string[] = [];
  const process = { usedMb: 0 };
  const tasks = Object.entries(held).map(([name, each]) => ({ held: each, endForMemory: () => events.push(name) }));
  const guard = new MemoryGuard({
    limitMb: 1_000,
    clock,
    watch: new BudgetWatch(clock),
    use: { subject: 'The process uses', usedBytes: () => process.usedMb * MIB },
    tasks: () => tasks,
    helpless: (message) => events.push(`helpless at ${/uses (\d+) MiB/.exec(message)?.[1]}`),
  });
  guard.start();
  return { clock, events, guard, process };
}

const talks = (mb: number) => ({ bytes: mb * MIB, isSilent: false });
const silent = (mb: number) => ({ bytes: mb * MIB, isSilent: true });

describe('MemoryGuard', () => {
  test('ends the run that holds the most when the limit is reached, and not before', async () => {
    const { clock, events, process } = makeGuard({ small: talks(100), greedy: talks(400), new: null });
    process.usedMb = 1_000;
    await clock.advance(1_000);
    expect(events).toEqual([]);

    process.usedMb = 1_001;
    await clock.advance(300);

    expect(events[0]).toBe('greedy');
  });

  test('suspects a run that executes native code and does not answer', async () => {
    const { clock, events, process } = makeGuard({ greedy: talks(400), silent: silent(50) });
    process.usedMb = 2_000;
    await clock.advance(20);
    expect(events).toEqual(['silent']);
  });

  test('gives the process time to recover before it ends another run', async () => {
    const { clock, events, process } = makeGuard({ greedy: talks(400) });
    process.usedMb = 2_000;
    await clock.advance(20);
    await clock.advance(149);
    expect(events).toEqual(['greedy']);
    await clock.advance(1);
    expect(events).toEqual(['greedy', 'greedy']);
  });

  test('spares runs that hold little, and says once that it cannot help', async () => {
    const { clock, events, process } = makeGuard({ small: talks(31) });
    process.usedMb = 1_500;
    await clock.advance(2_000);
    expect(events).toEqual(['helpless at 1500']);

    process.usedMb = 10;
    await clock.advance(500);
    process.usedMb = 1_600;
    await clock.advance(500);

    expect(events).toEqual(['helpless at 1500', 'helpless at 1600']);
  });

  test('looks as long as there are tasks', async () => {
    const { clock, events, guard, process } = makeGuard({ greedy: talks(400) });
    guard.stop();
    process.usedMb = 2_000;
    await clock.advance(1_000);
    expect(events).toEqual([]);
    expect(clock.sleeperCount).toBe(0);
  });
});
