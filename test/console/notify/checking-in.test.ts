import { describe, expect, test } from 'vitest';
import { CheckingIn, checkInUrl, type RunSign } from '../../../src/console/notify/checking-in.ts';
import type { SchedulerWarning } from '../../../src/index.ts';
import { RUN_OUTCOMES } from '../../../src/machines/run.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const SIGNS: readonly RunSign[] = ['start', 'success', 'failure'];

function setUp(status = 200) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const warnings: SchedulerWarning[] = [];
  const exchange = async ({ url }: { url: string }) => {
    asked.push(url);
    return { status, retryAfter: null };
  };
  const parts = { clock, exchange, random: () => 1, warned: () => {} };
  return { clock, asked, warnings, checkingIn: new CheckingIn(parts, (warning) => warnings.push(warning)) };
}

describe('where a run checks in', () => {
  test.each([
    ['healthchecks', 'https://hc.example/key/', ['/key/start?rid=r1', '/key/?rid=r1', '/key/fail?rid=r1']],
    [
      'healthchecks',
      'https://hc.example/key?create=1',
      ['/key/start?create=1&rid=r1', '/key?create=1&rid=r1', '/key/fail?create=1&rid=r1'],
    ],
    [
      'cronitor',
      'https://cr.example/p/k',
      ['/p/k?state=run&series=r1', '/p/k?state=complete&series=r1', '/p/k?state=fail&series=r1'],
    ],
    ['plain', 'https://dms.example/k', [null, '/k', null]],
  ] as const)('is what %s wants for %s', (style, url, expected) => {
    const found = SIGNS.map((sign) => checkInUrl({ url, style }, sign, 'r1'));
    expect(found.map((each) => each?.slice(new URL(url).origin.length) ?? null)).toEqual(expected);
  });
});

describe('checking in', () => {
  const checkIn = { key: 'p/s', url: 'https://hc.example/secret-key', style: 'healthchecks' } as const;

  test('says when a run begins, succeeds and fails, in order, and nothing of other schedules', async () => {
    const { clock, asked, checkingIn } = setUp();
    checkingIn.use([checkIn]);
    for (const runId of ['a', 'b', 'c']) {
      checkingIn.started({ key: 'p/s', runId });
      checkingIn.started({ key: 'p/other', runId });
      checkingIn.ended({ key: 'p/s', runId, outcome: runId === 'b' ? 'timed-out' : 'succeeded' });
    }
    await clock.advance(0);
    expect(asked.map((url) => url.slice('https://hc.example/secret-key'.length))).toEqual([
      '/start?rid=a',
      '?rid=a',
      '/start?rid=b',
      '/fail?rid=b',
      '/start?rid=c',
      '?rid=c',
    ]);
  });

  test('takes what is not the doing of the plugin for no sign', async () => {
    const { clock, asked, checkingIn } = setUp();
    checkingIn.use([checkIn]);
    for (const outcome of RUN_OUTCOMES) checkingIn.ended({ key: 'p/s', runId: outcome, outcome });
    await clock.advance(0);
    expect(asked.map((url) => new URL(url).searchParams.get('rid'))).toEqual([
      'succeeded',
      'failed',
      'timed-out',
      'over-budget',
      'out-of-memory',
      'crashed',
    ]);
  });

  test('a check that does not exist keeps the others of its monitor from nothing, and is not shown', async () => {
    const { clock, asked, warnings, checkingIn } = setUp(404);
    const keys = Array.from({ length: 100 }, (_, index) => `p/s${index}`);
    checkingIn.use(keys.map((key, index) => ({ key, url: `https://hc.example/secret-${index}`, style: 'plain' })));
    for (const key of keys) checkingIn.ended({ key, runId: 'r', outcome: 'succeeded' });
    await clock.advance(0);
    expect(asked).toHaveLength(100);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.length).toBeLessThanOrEqual(8);
    expect(JSON.stringify(warnings)).not.toContain('secret');
    expect(warnings[0]?.message).toBe(
      'The monitor at https://hc.example will not get one notice: it does not take it: it answered with status 404.',
    );
  });

  test('gives a sign up that would arrive late, and keeps few of them', async () => {
    const { clock, asked, checkingIn } = setUp(503);
    checkingIn.use([checkIn]);
    for (let index = 0; index < 10_000; index += 1)
      checkingIn.ended({ key: 'p/s', runId: `${index}`, outcome: 'succeeded' });
    await clock.advance(61_000);
    expect(asked.length).toBeLessThan(20);
    await clock.advanceUntil(checkingIn.close(1_000));
    expect(clock.sleeperCount).toBe(0);
  });
});
