import { describe, expect, test } from 'vitest';
import { FAULT_WINDOW_MS, FaultNet, MAX_FAULTS } from '../../../src/supervisor/linking/fault-net.ts';
import type { SchedulerWarning } from '../../../src/supervisor/scheduler-reports.ts';

function open() {
  const warnings: SchedulerWarning[] = [];
  const ends: unknown[] = [];
  let nowMs = 0;
  const net = new FaultNet({
    nowMs: () => nowMs,
    warn: (warning) => void warnings.push(warning),
    end: (cause) => void ends.push(cause),
  });
  return {
    net,
    warnings,
    ends,
    pass: (ms: number): void => {
      nowMs += ms;
    },
  };
}

describe('a fault that nobody has caught', () => {
  test('is a warning with its cause', () => {
    const { net, warnings, ends } = open();
    net.caught(new RangeError('too far'));
    net.caught(null);
    expect(warnings).toMatchObject([
      { code: 'supervisor-fault', error: { name: 'RangeError', message: 'too far' } },
      { code: 'supervisor-fault', message: expect.stringContaining('null was thrown') },
    ]);
    expect(ends).toEqual([]);
  });

  test('ends the thread when it is one of a storm', () => {
    const { net, warnings, ends } = open();
    for (let count = 0; count <= MAX_FAULTS; count += 1) net.caught(count);
    expect(warnings).toHaveLength(MAX_FAULTS);
    expect(ends).toEqual([MAX_FAULTS]);
  });

  test('does not count for ever', () => {
    const { net, ends, pass } = open();
    for (let count = 0; count < 10 * MAX_FAULTS; count += 1) {
      net.caught(count);
      pass(FAULT_WINDOW_MS / MAX_FAULTS + 1);
    }
    expect(ends).toEqual([]);
  });
});
