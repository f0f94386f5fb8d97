import { describe, expect, test } from 'vitest';
import { BudgetMeter } from '../../../../../src/supervisor/running/pool/budgets/budget-meter.ts';
import { VirtualClock } from '../../../../../src/testing/virtual-clock.ts';
import { StubTaskWorker } from '../stub-task-worker.ts';

const MIB = 1_024 * 1_024;
const endless = {
  wallMs: 60_000,
  cpuMs: Number.POSITIVE_INFINITY,
  heapMb: Number.POSITIVE_INFINITY,
  graceMs: 0,
  fuel: 1e11,
};

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

  test.each([
    { heldMb: 65, isExtreme: false },
    { heldMb: 129, isExtreme: true },
  ])('finds that $heldMb MiB are too much at the third look, after garbage was collected', async (given) => {
    const { meter, thread } = makeMeter({ heapMb: 64 });
    thread.measured = { cpuMs: 0, heapBytes: 64 * MIB };
    expect(await meter.look()).toBeNull();

    thread.measured = { cpuMs: 0, heapBytes: given.heldMb * MIB };
    const found = [await meter.look(), await meter.look(), await meter.look()];

    expect(found).toEqual([null, null, { reason: 'memory-budget', isExtreme: given.isExtreme }]);
    expect(thread.sent).toEqual([{ kind: 'collect-garbage' }]);
  });

  test('takes memory that is free again for garbage', async () => {
    const { meter, thread } = makeMeter({ heapMb: 64 });
    const looks: unknown[] = [];

    for (const heldMb of [65, 65, 10, 65, 65, 10]) {
      thread.measured = { cpuMs: 0, heapBytes: heldMb * MIB };
      looks.push(await meter.look());
    }

    expect(looks).toEqual([null, null, null, null, null, null]);
  });

  test('looks again when the budget would be used up if the memory went on growing as it does', async () => {
    const { clock, meter, thread } = makeMeter({ heapMb: 100 });
    await clock.advance(20);
    thread.measured = { cpuMs: 0, heapBytes: 10 * MIB };
    await meter.look();
    expect(meter.nextLookAtMs).toBe(270);

    await clock.advance(250);
    thread.measured = { cpuMs: 0, heapBytes: 60 * MIB };
    await meter.look();

    expect(meter.nextLookAtMs).toBe(470);
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
