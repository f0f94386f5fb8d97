/** What `explain()` says about occurrences in virtual time. */
import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/plugin.ts';
import {
  createVirtualScheduler,
  type VirtualScheduler,
  type VirtualSchedulerOptions,
} from '../../src/testing/index.ts';

async function started(schedule: Partial<Schedule>, options: Partial<VirtualSchedulerOptions> = {}) {
  const plugin = { name: 'p', schedules: () => [{ id: 's', cron: '0 * * * *', ...schedule }], run: () => {} };
  const scheduler = await createVirtualScheduler({ plugins: [plugin], startAt: '2026-03-05T09:50:00Z', ...options });
  await scheduler.start();
  return scheduler;
}

async function verdict(scheduler: VirtualScheduler, time: string): Promise<string> {
  const { verdict: said, text } = await scheduler.explain('p/s', `2026-03-05T${time}Z`);
  expect(text).not.toBe('');
  return said;
}

describe('explain()', () => {
  test('explains a run with the parts of its lateness', async () => {
    const scheduler = await started({ jitterMs: 0 });
    await scheduler.advance('20m');
    const { text, verdict: said, runs } = await scheduler.explain('p/s', '2026-03-05T10:00:00Z');
    expect(said).toBe('ran');
    expect(runs).toEqual(scheduler.runs);
    expect(text).toContain('0.0 ms late (tick 0.0 + lock 0.0 + queue 0.0 + start 0.0), and succeeded after 1.0 ms');
  });

  test('explains a run that is under way, an instant to come, and one that is not an occurrence', async () => {
    const scheduler = await started({}, { runMs: 60_000 });
    await scheduler.advance('630s');
    expect(await verdict(scheduler, '10:00:00')).toBe('running');
    expect(await verdict(scheduler, '11:00:00')).toBe('not-yet-due');
    expect(await scheduler.explain('p/s', '2026-03-05T10:00:01Z')).toMatchObject({
      verdict: 'not-due',
      previousAtMs: Date.parse('2026-03-05T10:00:00Z'),
      nextAtMs: Date.parse('2026-03-05T11:00:00Z'),
    });
    expect(await verdict(scheduler, '09:00:00')).toBe('unknown');
  });

  test('explains an overlap by the run that it met', async () => {
    const scheduler = await started({}, { runMs: 90 * 60_000, budget: { wallMs: 10_000_000 } });
    await scheduler.advance('99m');
    expect((await scheduler.explain('p/s', '2026-03-05T11:00:00Z')).text).toContain('run run-1 was still executing');
    await scheduler.advance('10m');
    expect(await scheduler.explain('p/s', '2026-03-05T11:00:00Z')).toMatchObject({
      verdict: 'overlap',
      overlapped: { runId: 'run-1' },
    });
  });

  test('explains what was missed, and says when no scheduler was running', async () => {
    const scheduler = await started({ missedRunPolicy: 'skip' });
    await scheduler.advance('30m');
    await scheduler.stop();
    expect(await verdict(scheduler, '10:00:00')).toBe('ran');
    await scheduler.restart({ after: '2h' });
    await scheduler.advance('1m');
    expect(await scheduler.explain('p/s', '2026-03-05T11:00:00Z')).toMatchObject({
      verdict: 'missed-skipped',
      decision: { reason: 'policy', count: 2 },
      downTime: { fromMs: Date.parse('2026-03-05T10:20:00Z'), untilMs: Date.parse('2026-03-05T12:20:00Z') },
    });
  });

  test('explains a pause, and that occurrences wait while the process is down', async () => {
    const scheduler = await started({});
    await scheduler.advance('30m');
    await scheduler.pause('p/s', 'stocktaking');
    await scheduler.advance('1h');
    await scheduler.resume('p/s');
    const { verdict: said, text } = await scheduler.explain('p/s', '2026-03-05T11:00:00Z');
    expect(said).toBe('paused');
    expect(text).toContain('since 2026-03-05T10:20:00Z (stocktaking)');
    await scheduler.crash();
    await scheduler.advance('2h');
    expect(await verdict(scheduler, '12:00:00')).toBe('waiting');
  });

  test('explains a lost run and names the one that made up for it', async () => {
    const scheduler = await started({}, { runMs: 60_000 });
    await scheduler.advance('630s');
    await scheduler.crash();
    await scheduler.restart({ after: '10m' });
    await scheduler.advance('5m');
    const { runs, text } = await scheduler.explain('p/s', '2026-03-05T10:00:00Z');
    expect(runs.map(({ outcome }) => outcome)).toEqual(['succeeded', 'lost']);
    expect(text).toContain('ran as a catch-up as run run-2');
    expect(text).toContain('was lost as run run-1');
  });

  test('explains that a schedule was removed or disabled', async () => {
    const scheduler = await started({});
    await scheduler.advance('30m');
    const plugin = (schedules: readonly Schedule[]) => ({ name: 'p', schedules: () => schedules, run: () => {} });
    await scheduler.stop();
    await scheduler.restart({ plugins: [plugin([{ id: 's', cron: '0 * * * *', enabled: false }])] });
    await scheduler.advance('1h');
    expect(await verdict(scheduler, '11:00:00')).toBe('disabled');
    await scheduler.stop();
    await scheduler.restart({ plugins: [plugin([])] });
    await scheduler.advance('1h');
    expect(await verdict(scheduler, '12:00:00')).toBe('removed');
  });
});
