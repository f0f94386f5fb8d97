import { describe, expect, test } from 'vitest';
import { BudgetMeter } from '../../../../src/supervisor/running/pool/budget-meter.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { StubTaskWorker } from './stub-task-worker.ts';

const MIB = 1_024 * 1_024;
const endless = { wallMs: 60_000, cpuMs: Number.POSITIVE_INFINITY, heapMb: Number.POSITIVE_INFINITY, graceMs: 0 };

function makeMeter(budget: Partial<typeof endless>, cpuFromMs = 0) {
  const clock = new VirtualClock();
  const thread = new StubTaskWorker();
  const meter = new BudgetMeter(thread, cpuFromMs, { budget: { ...endless, ...budget }, clock });
  return { clock, thread, meter };
}

describe('BudgetMeter', () => {
  test('counts the CPU time since the start of the run, and looks again when the rest may be used up', async () => {
    const { clock, meter, thread } = makeMeter({ cpuMs: 100 }, 1_000);
    thread.measured = { cpuMs: 1_040, heapBytes: 0 };
    await clock.advance(200);

    expect(await meter.look()).toBeNull();
    expect(meter.nextLookAtMs).toBe(260);
    thread.measured = { cpuMs: 1_100, heapBytes: 0 };
    expect(await meter.look()).toEqual({ reason: 'cpu-budget', isExtreme: false });
    expect(meter.nextLookAtMs).toBe(210);
  });

  test('finds too much memory, and far too much', async () => {
    const { meter, thread } = makeMeter({ heapMb: 64 });

    thread.measured = { cpuMs: 0, heapBytes: 64 * MIB };
    expect(await meter.look()).toBeNull();
    thread.measured = { cpuMs: 0, heapBytes: 65 * MIB };
    expect(await meter.look()).toEqual({ reason: 'memory-budget', isExtreme: false });
    thread.measured = { cpuMs: 0, heapBytes: 129 * MIB };
    expect(await meter.look()).toEqual({ reason: 'memory-budget', isExtreme: true });
  });

  test('looks once at a time', async () => {
    const { meter, thread } = makeMeter({ heapMb: 64 });

    expect(await Promise.all([meter.look(), meter.look()])).toEqual([null, null]);
    expect(thread.lookCount).toBe(1);
  });

  test('stops looking at a run without budgets', async () => {
    const { meter } = makeMeter({});

    await meter.look();

    expect(meter.nextLookAtMs).toBe(Number.POSITIVE_INFINITY);
  });
});
