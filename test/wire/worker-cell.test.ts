import { describe, expect, test } from 'vitest';
import { WorkerCell } from '../../src/wire/worker-cell.ts';

describe('WorkerCell', () => {
  test('gives a ticket to whoever takes it first, in either thread', () => {
    const ours = new WorkerCell();
    const its = new WorkerCell(ours.buffer);

    expect([its.take(1), ours.take(1)]).toEqual([true, false]);
    expect([ours.take(2), its.take(2)]).toEqual([true, false]);
    expect([its.take(3), its.take(3)]).toEqual([true, false]);
  });

  test('gives no ticket that was passed over', () => {
    const cell = new WorkerCell();
    cell.take(5);
    expect(cell.take(4)).toBe(false);
  });

  test('goes on when tickets wrap around', () => {
    const cell = new WorkerCell();
    new Int32Array(cell.buffer)[0] = 2 ** 31 - 1;

    expect(cell.take(-(2 ** 31))).toBe(true);
    expect(cell.take(2 ** 31 - 1)).toBe(false);
    expect(cell.take(-(2 ** 31) + 1)).toBe(true);
  });

  test('shows how the run with a ticket began, and of no other', () => {
    const ours = new WorkerCell();
    const its = new WorkerCell(ours.buffer);
    expect(ours.beginningOf(1)).toBeNull();
    its.take(1);
    its.began({ atMonotonicMs: 12.5, threadCpuMs: 3 });
    expect(ours.beginningOf(1)).toEqual({ atMonotonicMs: 12.5, threadCpuMs: 3 });
    its.take(2);
    expect(ours.beginningOf(2)).toBeNull();
    its.began({ atMonotonicMs: 20 });
    expect(ours.beginningOf(2)).toEqual({ atMonotonicMs: 20 });
    expect(ours.beginningOf(1)).toBeNull();
  });

  test('shares a size beyond four gigabytes', () => {
    const cell = new WorkerCell();
    new WorkerCell(cell.buffer).outsideHeapBytes = 5e9;
    expect(cell.outsideHeapBytes).toBeGreaterThanOrEqual(5e9);
    expect(cell.outsideHeapBytes).toBeLessThan(5e9 + 1_024);
  });
});
