/** What somebody who tells of schedules asks of a node, and says to it. */
import { describe, expect, test } from 'vitest';
import { InvalidOptionError } from '../../../src/errors.ts';
import type { ScheduledPlugin } from '../../../src/plugin.ts';
import { VirtualDesk } from '../../support/virtual-desk.ts';

const MINUTE = 60_000;
const KEY = 'p/s';

function plugin(behaviour: { now: 'succeed' | 'fail' }): ScheduledPlugin {
  return {
    name: 'p',
    schedules: () => [{ id: 's', cron: '* * * * *', watch: { maxSilenceMs: 5 * MINUTE } }],
    run: () => {
      if (behaviour.now === 'fail') throw new Error('no paper');
    },
  };
}

describe('a node whose schedules are watched', () => {
  test('has told of nothing while all is well', async () => {
    const desk = await VirtualDesk.open({ plugins: [plugin({ now: 'succeed' })] });
    await desk.clock.advance(20 * MINUTE);
    expect(await desk.ask('notices', null)).toEqual([]);
    expect((await desk.ask('overview', null)).problems).toEqual([]);
  });

  test('says what nobody was told, until somebody was', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'fail' };
    const desk = await VirtualDesk.open({ plugins: [plugin(behaviour)] });
    await desk.clock.advance(10 * MINUTE);
    const notices = await desk.ask('notices', null);
    expect(notices.map(({ kind, failuresInRow }) => [kind, failuresInRow])).toEqual([
      ['failed', 9],
      ['silent', 9],
    ]);
    // The first one was told, and the second one is on its way.
    await desk.ask('told', { key: KEY, told: { isFailing: true, isSilent: false } });
    expect((await desk.ask('notices', null)).map(({ kind }) => kind)).toEqual(['silent']);
    await desk.ask('told', { key: KEY, told: { isFailing: true, isSilent: true } });
    expect(await desk.ask('notices', null)).toEqual([]);
    behaviour.now = 'succeed';
    await desk.clock.advance(2 * MINUTE);
    const [recovered, ...others] = await desk.ask('notices', null);
    expect([recovered?.kind, others]).toEqual(['recovered', []]);
    await desk.ask('told', { key: KEY, told: { isFailing: false, isSilent: false } });
    expect(await desk.ask('notices', null)).toEqual([]);
    // A slow receiver has got the first one after all, which must not hide the next failure.
    await desk.ask('told', { key: KEY, told: { isFailing: true, isSilent: false } });
    behaviour.now = 'fail';
    await desk.clock.advance(2 * MINUTE);
    expect((await desk.ask('notices', null)).map(({ kind }) => kind)).toEqual(['failed']);
  });

  test('says that it has recovered to the next one who tells, if the last one may have told that it fails', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'fail' };
    const desk = await VirtualDesk.open({ plugins: [plugin(behaviour)] });
    await desk.clock.advance(2 * MINUTE);
    // The one who tells has it, tells it, and dies before it says so.
    expect((await desk.ask('notices', null)).map(({ kind }) => kind)).toEqual(['failed']);
    behaviour.now = 'succeed';
    await desk.clock.advance(2 * MINUTE);
    expect((await desk.ask('notices', null)).map(({ kind }) => kind)).toEqual(['recovered']);
    // So does the next one.
    expect((await desk.ask('notices', null)).map(({ kind }) => kind)).toEqual(['recovered']);
    await desk.ask('told', { key: KEY, told: { isFailing: false, isSilent: false } });
    expect(await desk.ask('notices', null)).toEqual([]);
  });

  test('says nothing of what failed and recovered while nobody told anything', async () => {
    const behaviour: Parameters<typeof plugin>[0] = { now: 'fail' };
    const desk = await VirtualDesk.open({ plugins: [plugin(behaviour)] });
    await desk.clock.advance(2 * MINUTE);
    behaviour.now = 'succeed';
    await desk.clock.advance(2 * MINUTE);
    expect(await desk.ask('notices', null)).toEqual([]);
  });

  test('lists a silent schedule among what is wrong now', async () => {
    const desk = await VirtualDesk.open({ plugins: [plugin({ now: 'fail' })] });
    await desk.clock.advance(10 * MINUTE);
    const { problems } = await desk.ask('overview', null);
    expect(problems).toEqual([
      {
        kind: 'silent',
        key: KEY,
        text: 'Schedule "p/s" is silent: no run of it has ever succeeded, and 5 min 0 s is the longest that it may be silent.',
        sinceMs: expect.any(Number),
      },
    ]);
    const { schedules } = await desk.ask('page', { onlyProblems: true });
    expect(schedules[0]).toMatchObject({
      key: KEY,
      watch: { maxSilenceMs: 5 * MINUTE },
      silentSinceMs: expect.any(Number),
    });
  });

  test('has no host to call where there is none, and checks what it is told', async () => {
    const desk = await VirtualDesk.open({ plugins: [plugin({ now: 'succeed' })] });
    expect(await desk.ask('callHost', { name: 'page', args: [{ a: 1 }], limitMs: 10 })).toBeNull();
    expect(await desk.ask('checkIns', null)).toEqual([]);
    expect(await desk.ask('told', { key: 'p/unknown', told: { isFailing: true, isSilent: true } })).toBeNull();
    await expect(desk.asked('told', { key: KEY, told: 'everything' })).rejects.toThrow(InvalidOptionError);
    await expect(desk.asked('callHost', { name: '', args: [], limitMs: 10 })).rejects.toThrow(InvalidOptionError);
    await expect(desk.asked('warn', { code: 'x', message: 5 })).rejects.toThrow(InvalidOptionError);
  });
});
