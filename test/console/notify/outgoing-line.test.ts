import { describe, expect, test } from 'vitest';
import type { NotifyParts } from '../../../src/console/notify/notify-parts.ts';
import {
  type Attempt,
  type DeliveryEnd,
  type LineOptions,
  OutgoingLine,
} from '../../../src/console/notify/outgoing-line.ts';
import type { SchedulerWarning } from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const TAKEN: Attempt = { is: 'taken' };
const FAILED: Attempt = { is: 'failed', reason: 'it answered with status 500', notBeforeMs: 0 };

function setUp(own: Partial<LineOptions> = {}) {
  const clock = new VirtualClock();
  const warnings: SchedulerWarning[] = [];
  const options = { name: 'The webhook', maxWaiting: 3, timeoutMs: 10_000, giveUpAfterMs: 3_600_000, ...own };
  const parts: Pick<NotifyParts, 'clock' | 'random'> = { clock, random: () => 1 };
  const line = new OutgoingLine(options, parts, (warning) => warnings.push(warning));
  const log: string[] = [];
  const startMs = clock.monotonicMs();
  /** Adds a delivery whose attempts end like this; those that are not named never end. */
  const add = (name: string, ...attempts: readonly (Attempt | Error)[]): void => {
    let count = 0;
    line.add({
      attempt: (signal) => {
        log.push(`${(clock.monotonicMs() - startMs) / 1_000} ${name}`);
        const attempt = attempts[count];
        count += 1;
        if (attempt instanceof Error) return Promise.reject(attempt);
        if (attempt !== undefined) return Promise.resolve(attempt);
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
      ended: (end: DeliveryEnd) => log.push(`${name} ${end}`),
    });
  };
  return { clock, line, warnings, log, add };
}

describe('a line of deliveries', () => {
  test('delivers one after the other, in order', async () => {
    const { clock, log, add } = setUp();
    add('a', TAKEN);
    add('b', TAKEN);
    await clock.advance(0);
    expect(log).toEqual(['0 a', 'a taken', '0 b', 'b taken']);
  });

  test('tries again, each time twice as long after, and warns once', async () => {
    const { clock, log, warnings, add } = setUp();
    add('a', FAILED, new Error('connect ECONNREFUSED 127.0.0.1:9'), FAILED, TAKEN);
    add('b', TAKEN);
    await clock.advance(60_000);
    expect(log).toEqual(['0 a', '1 a', '3 a', '7 a', 'a taken', '7 b', 'b taken']);
    expect(warnings).toEqual([
      {
        code: 'notify-failing',
        message: 'The webhook cannot be reached, and is tried again: it answered with status 500.',
      },
    ]);
  });

  test('waits as long as the receiver asks for', async () => {
    const { clock, log, add } = setUp();
    add('a', { ...FAILED, notBeforeMs: 90_000 } as Attempt, TAKEN);
    await clock.advance(120_000);
    expect(log).toEqual(['0 a', '90 a', 'a taken']);
  });

  test('gives up what was not taken in time, and goes on with the next', async () => {
    const { clock, log, warnings, add } = setUp({ giveUpAfterMs: 5_000 });
    add('a', FAILED, FAILED, FAILED, FAILED);
    add('b', TAKEN);
    await clock.advance(60_000);
    expect(log).toEqual(['0 a', '1 a', '3 a', 'a dropped', '3 b', 'b taken']);
    expect(warnings.map(({ code }) => code)).toEqual(['notify-failing', 'notify-dropped']);
  });

  test('aborts an attempt that takes too long', async () => {
    const { clock, log, warnings, add } = setUp();
    add('a');
    await clock.advance(11_500);
    expect(log).toEqual(['0 a', '11 a']);
    expect(warnings[0]?.message).toContain('no answer within 10000 ms');
  });

  test('drops the oldest when too much waits, and says how much once a minute', async () => {
    const { clock, log, warnings, add } = setUp();
    add('under way');
    for (let index = 0; index < 1_000; index += 1) add(`${index}`, TAKEN);
    await clock.advance(0);
    expect(log.filter((line) => line.endsWith('dropped'))).toHaveLength(998);
    expect(log).not.toContain('999 dropped');
    expect(log).not.toContain('under way dropped');
    await clock.advance(9_999);
    expect(warnings).toEqual([
      { code: 'notify-dropped', message: 'The webhook will not get one notice: more than 3 are waiting.' },
    ]);
    await clock.advance(60_000);
    expect(warnings.at(-1)?.message).toBe('The webhook will not get 997 notices: more than 3 are waiting.');
    expect(warnings.filter(({ code }) => code === 'notify-dropped')).toHaveLength(2);
  });

  test('says how much was dropped when it is closed, too', async () => {
    const { clock, line, warnings, add } = setUp();
    add('under way');
    for (let index = 0; index < 10; index += 1) add(`${index}`, TAKEN);
    await clock.advanceUntil(line.close(1_000));
    expect(warnings.map(({ message }) => message)).toEqual([
      'The webhook will not get one notice: more than 3 are waiting.',
      'The webhook will not get 7 notices: more than 3 are waiting.',
    ]);
    expect(clock.sleeperCount).toBe(0);
  });

  test('drops the one that waits for another attempt when it is the oldest', async () => {
    const { clock, log, add } = setUp();
    add('a', FAILED, FAILED, FAILED);
    await clock.advance(100);
    for (const name of ['b', 'c', 'd']) add(name, TAKEN);
    await clock.advance(10);
    expect(log).toEqual(['0 a', 'a dropped', '0.1 b', 'b taken', '0.1 c', 'c taken', '0.1 d', 'd taken']);
  });

  test('asks a receiver that wants nothing any more for nothing', async () => {
    const { clock, log, warnings, add } = setUp();
    add('a', { is: 'refused', reason: 'it answered with status 410' });
    add('b', TAKEN);
    await clock.advance(60_000);
    add('c', TAKEN);
    expect(log).toEqual(['0 a', 'a refused', 'b refused', 'c refused']);
    expect(warnings.map(({ code }) => code)).toEqual(['notify-refused']);
  });

  test('passes over one that the receiver will never take', async () => {
    const { clock, log, add } = setUp();
    add('a', { is: 'unwanted', reason: 'it answered with status 404' });
    add('b', TAKEN);
    await clock.advance(0);
    expect(log).toEqual(['0 a', 'a dropped', '0 b', 'b taken']);
  });

  test('ends what is under way when it is closed, and tries the rest once', async () => {
    const { clock, line, log, add } = setUp();
    add('a', TAKEN);
    add('b', FAILED, TAKEN);
    const closed = line.close(1_000);
    await clock.advanceUntil(closed);
    expect(log).toEqual(['0 a', 'a taken', '0 b', 'b dropped']);
    expect(clock.sleeperCount).toBe(0);
    add('c', TAKEN);
    expect(log.at(-1)).toBe('c dropped');
  });

  test('closes in bounded time, whatever the receiver does', async () => {
    const { clock, line, log, add } = setUp();
    add('a');
    add('b', TAKEN);
    const startMs = clock.monotonicMs();
    await clock.advanceUntil(line.close(1_000));
    await clock.advance(0);
    expect(clock.monotonicMs() - startMs).toBe(1_000);
    expect(log).toEqual(['0 a', 'a dropped', 'b dropped']);
    expect(clock.sleeperCount).toBe(0);
  });

  test('closes at once while it waits for another attempt', async () => {
    const { clock, line, log, add } = setUp();
    add('a', FAILED, TAKEN);
    await clock.advance(10);
    const startMs = clock.monotonicMs();
    await clock.advanceUntil(line.close(1_000));
    expect(clock.monotonicMs()).toBe(startMs);
    expect(log).toEqual(['0 a', 'a dropped']);
  });
});
