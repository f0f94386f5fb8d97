import { describe, expect, test } from 'vitest';
import { Replica } from '../../src/host/replica.ts';
import { parseExpression } from '../../src/machines/calendar/expression.ts';
import { SharedCalendar } from '../../src/machines/calendar/recurrence.ts';
import type { ScheduleDefinition } from '../../src/supervisor/schedules/definition.ts';
import { define, every, VirtualEngine } from '../support/virtual-engine.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DELAY_MS = 60 * SECOND;

/** A schedule that runs once after each start, a minute after it. */
function delayedReboot(own: Partial<ScheduleDefinition> = {}): ScheduleDefinition {
  const calendar = new SharedCalendar(parseExpression('@reboot'), 'UTC');
  const recurrence = {
    next: (fromMs: number) => calendar.next(fromMs),
    previous: (atMs: number, sinceMs: number) => calendar.previous(atMs, sinceMs),
    count: (afterMs: number, untilMs: number) => calendar.count(afterMs, untilMs),
    dueAt: (occurrenceMs: number) => occurrenceMs + DELAY_MS,
    anchorAt: (anchors: Parameters<SharedCalendar['anchorAt']>[0]) => calendar.anchorAt(anchors),
    isFixedTime: false,
    isCountedFromStart: true,
  };
  const { times } = define('p/s', every(SECOND));
  return define('p/s', recurrence, { times: { ...times, cron: '@reboot' }, ...own });
}

/** Starts of supervisor threads, each of which dies before the next one follows it. */
class Threads {
  readonly #replica = new Replica([]);
  node = new VirtualEngine();

  start(): void {
    this.#listen();
    this.node.start(delayedReboot());
  }

  /** What the dead thread had written and emitted is all that the next one has. */
  replace(): void {
    const { clock, ledger } = this.node;
    const known = ledger.schedule('p/s');
    const { starts } = structuredClone(this.#replica.takeover());
    this.node = new VirtualEngine();
    this.#listen();
    this.node.clock.stepWall(clock.nowMs() - this.node.clock.nowMs());
    const { schedules } = this.node.engine;
    const schedule = schedules.add(delayedReboot(), known, starts);
    schedules.plan(schedule);
    this.node.start();
  }

  #listen(): void {
    this.node.onEvent = (event) => this.#replica.apply(structuredClone(event));
  }

  get succeeded(): number {
    return this.node.outcomes('p/s').succeeded ?? 0;
  }
}

describe('the start of a schedule whose supervisor thread died', () => {
  test('is due in the thread that follows, at its time, if it was not claimed before', async () => {
    const threads = new Threads();
    threads.start();
    await threads.node.clock.advance(DELAY_MS / 2);
    threads.replace();
    await threads.node.clock.advance(DELAY_MS / 2 - SECOND);
    expect(threads.succeeded).toBe(0);
    await threads.node.clock.advance(HOUR);
    expect(threads.succeeded).toBe(1);
  });

  test('is due however many threads die before, and then never again', async () => {
    const threads = new Threads();
    threads.start();
    for (let death = 1; death <= 3; death += 1) {
      await threads.node.clock.advance(SECOND);
      threads.replace();
    }
    await threads.node.clock.advance(HOUR);
    expect(threads.succeeded).toBe(1);
    threads.replace();
    await threads.node.clock.advance(HOUR);
    expect(threads.succeeded).toBe(1);
  });

  test.each([
    ['ahead', HOUR],
    ['back', -HOUR],
    ['back by a day', -24 * HOUR],
  ])('does not come again if it has run and the clock was set %s', async (_how, byMs) => {
    const threads = new Threads();
    threads.start();
    await threads.node.clock.advance(HOUR);
    threads.node.clock.stepWall(byMs);
    await threads.node.clock.advance(HOUR);
    threads.replace();
    await threads.node.clock.advance(HOUR);
    expect(threads.succeeded).toBe(1);
  });

  test('is due after the clock was set back before it ran', async () => {
    const threads = new Threads();
    threads.start();
    await threads.node.clock.advance(SECOND);
    threads.node.clock.stepWall(-24 * HOUR);
    await threads.node.clock.advance(2 * SECOND);
    threads.replace();
    await threads.node.clock.advance(HOUR);
    expect(threads.succeeded).toBe(1);
  });

  test('is due for a version that a reload has brought, and not for one that it has taken away', async () => {
    const threads = new Threads();
    threads.start();
    await threads.node.clock.advance(HOUR);
    const { schedules } = threads.node.engine;
    const { times } = delayedReboot();
    schedules.replace(schedules.get('p/s'), delayedReboot({ isEnabled: false, times: { ...times, isEnabled: false } }));
    schedules.replace(schedules.get('p/s'), delayedReboot());
    threads.replace();
    await threads.node.clock.advance(HOUR);
    expect(threads.succeeded).toBe(2);
  });

  test('is forgotten with its schedule', async () => {
    const replica = new Replica([]);
    const node = new VirtualEngine();
    node.onEvent = (event) => replica.apply(event);
    node.start(delayedReboot());
    expect([...replica.takeover().starts.keys()]).toEqual(['p/s']);
    node.engine.schedules.remove(node.engine.schedules.get('p/s'));
    await node.clock.advance(SECOND);
    expect([...replica.takeover().starts.keys()]).toEqual([]);
  });
});
