import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { CountedNotice } from '../../../src/wire/failures/counted-notice.ts';

function setUp() {
  const clock = new VirtualClock();
  const notices: string[] = [];
  const notice = new CountedNotice<string>((latest, count) => notices.push(`${count} ${latest}`), clock);
  const add = (count: number): void => {
    for (let index = 1; index <= count; index += 1) notice.add(`${index}`);
  };
  return { clock, notices, notice, add };
}

describe('a counted notice', () => {
  test('tells the first at once, and the rest a minute later, if nothing comes any more', async () => {
    const { clock, notices, add } = setUp();
    add(300);
    expect(notices).toEqual(['1 1']);
    await clock.advance(59_999);
    expect(notices).toEqual(['1 1']);
    await clock.advance(1);
    expect(notices).toEqual(['1 1', '299 300']);
    await clock.advance(3_600_000);
    expect(notices).toHaveLength(2);
  });

  test('is told once a minute while they go on', async () => {
    const { clock, notices, add } = setUp();
    for (let second = 0; second < 180; second += 1) {
      add(1);
      await clock.advance(1_000);
    }
    expect(notices).toEqual(['1 1', '59 1', '60 1', '60 1']);
  });

  test('plans nothing while there is nothing to tell', async () => {
    const { clock, notices, add } = setUp();
    add(1);
    expect(clock.sleeperCount).toBe(0);
    await clock.advance(60_000);
    add(1);
    expect([notices, clock.sleeperCount]).toEqual([['1 1', '1 1'], 0]);
  });

  test('tells at the end what was only counted', () => {
    const { clock, notices, notice, add } = setUp();
    add(5);
    notice.flush();
    notice.flush();
    expect([notices, clock.sleeperCount]).toEqual([['1 1', '4 5'], 0]);
  });
});
