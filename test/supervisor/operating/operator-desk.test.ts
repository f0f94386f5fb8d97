import { describe, expect, test } from 'vitest';
import { InvalidOptionError, ScheduleBusyError, UnknownRunError, UnknownScheduleError } from '../../../src/errors.ts';
import { withCaller } from '../../../src/host/with-caller.ts';
import type { HostCaller, ScheduledPlugin, ScheduledRunContext } from '../../../src/plugin.ts';
import { VirtualDesk } from '../../support/virtual-desk.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');
/** What the specification calls invalid, although it has the form of one. */
const NO_TRACE = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Runs until it is aborted, and says on the way how far it is. */
function patient(own: Partial<ScheduledPlugin> = {}): ScheduledPlugin {
  return {
    name: 'patient',
    schedules: () => [{ id: 'hourly', cron: '@hourly', description: 'Waits for its end' }],
    run: (ctx: ScheduledRunContext) => {
      ctx.log.info({ step: 1 }, 'waiting');
      ctx.progress(0.5, 'half way');
      return new Promise((_, reject) => {
        ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason));
      });
    },
    ...own,
  };
}

const quick: ScheduledPlugin = {
  name: 'quick',
  schedules: () => [
    { id: 'minutely', cron: '* * * * *' },
    { id: 'off', cron: '@daily', enabled: false },
  ],
  run: () => {},
};

const failing: ScheduledPlugin = {
  name: 'failing',
  schedules: () => [{ id: 'minutely', cron: '* * * * *', pauseAfterFailures: 2 }],
  run: () => {
    throw new Error('no disk');
  },
};

describe('the desk of operators', () => {
  test('has an overview with what is wrong', async () => {
    const desk = await VirtualDesk.open({ plugins: [quick, failing] });
    await desk.clock.advance(3 * MINUTE + 1_000);

    const overview = await desk.ask('overview', null);
    expect(overview).toMatchObject({
      nodeId: 'node-1',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      timezone: 'UTC',
      startedAtMs: START,
      isDraining: false,
      scheduleCount: 3,
      states: { idle: 1, paused: 1, disabled: 1 },
      nextDueAtMs: START + 4 * MINUTE,
      liveRunCount: 0,
    });
    expect(overview.problems).toMatchObject([
      {
        kind: 'failing',
        key: 'failing/minutely',
        text: 'Schedule "failing/minutely" has failed 2 times in a row, and is paused: no disk',
      },
    ]);
    expect(overview.problems[0]?.sinceMs).toBeGreaterThanOrEqual(START + 2 * MINUTE);
  });

  test('pages schedules by key, next occurrence, last run and trouble', async () => {
    const desk = await VirtualDesk.open({ plugins: [quick, failing, patient()] });
    await desk.clock.advance(MINUTE + 1_000);
    const keys = async (query: Parameters<typeof desk.ask<'page'>>[1]): Promise<string[]> =>
      (await desk.ask('page', query)).schedules.map(({ key }) => key);

    expect(await keys({})).toEqual(['failing/minutely', 'patient/hourly', 'quick/minutely', 'quick/off']);
    expect(await keys({ sort: 'problem', limit: 1 })).toEqual(['failing/minutely']);
    expect(await keys({ sort: 'next', offset: 2 })).toEqual(['patient/hourly', 'quick/off']);
    expect((await keys({ sort: 'last' })).slice(2)).toEqual(['patient/hourly', 'quick/off']);
    expect(await keys({ search: 'its END' })).toEqual(['patient/hourly']);
    expect(await keys({ search: '.*' })).toEqual([]);
    expect(await keys({ search: '\\^$.*+?()[]{}|/-' })).toEqual([]);
    expect(await keys({ search: 'MINUTE' })).toEqual(['failing/minutely', 'quick/minutely']);
    expect(await keys({ states: ['disabled'] })).toEqual(['quick/off']);
    expect(await keys({ plugin: 'quick' })).toEqual(['quick/minutely', 'quick/off']);
    expect(await keys({ tenantId: 'acme' })).toEqual([]);
    expect(await keys({ onlyProblems: true })).toEqual(['failing/minutely']);
    expect(await desk.ask('page', { offset: 3, limit: 2 })).toMatchObject({
      total: 4,
      offset: 3,
      schedules: [{ key: 'quick/off' }],
    });
  });

  test('sees schedules that come later', async () => {
    const desk = await VirtualDesk.open({ plugins: [quick] });
    expect((await desk.ask('page', {})).total).toBe(2);
    await desk.clock.advanceUntil(desk.host.uninstall({ name: 'quick' }));
    expect(await desk.ask('page', {})).toEqual({ total: 0, offset: 0, schedules: [] });
  });

  test('shows a run while it executes, and aborts it', async () => {
    const desk = await VirtualDesk.open({ plugins: [patient()] });
    const { runId } = await desk.ask('trigger', { key: 'patient/hourly', by: 'ada' });
    await desk.clock.advance(1_000);

    const live = { runId, key: 'patient/hourly', plugin: 'patient', trigger: 'manual', phase: 'running' };
    expect(await desk.ask('live', null)).toMatchObject([
      { ...live, startedAtMs: START, progress: { fraction: 0.5, note: 'half way' } },
    ]);
    expect(await desk.ask('liveRun', { runId })).toMatchObject({
      ...live,
      budget: { wallMs: 300_000 },
      log: [{ level: 'info', message: 'waiting', fields: { step: 1 } }],
      droppedLogLines: 0,
    });
    expect((await desk.ask('schedule', { key: 'patient/hourly' })).live).toMatchObject(live);

    expect(await desk.ask('abort', { runId, by: 'ada' })).toBeNull();
    await desk.clock.advance(1_000);
    expect(await desk.ask('liveRun', { runId })).toBeNull();
    expect(await desk.ask('history', { runId, withLog: true })).toMatchObject([
      { outcome: 'aborted', log: [{ message: 'waiting' }] },
    ]);
    await expect(desk.ask('abort', { runId, by: 'ada' })).rejects.toThrow(UnknownRunError);
  });

  test('draws lanes of the past and of what is to come', async () => {
    const desk = await VirtualDesk.open({ plugins: [quick] });
    await desk.clock.advance(3 * MINUTE + 1_000);

    const keys = ['quick/minutely', 'quick/off', 'gone/for-good'];
    const span = { sinceMs: START + 1.5 * MINUTE, untilMs: START + 6 * MINUTE };
    const [lane, off, gone] = await desk.ask('lanes', { keys, ...span });
    expect(lane).toMatchObject({
      key: 'quick/minutely',
      runs: [{ scheduledAtMs: START + 2 * MINUTE, outcome: 'succeeded' }, { scheduledAtMs: START + 3 * MINUTE }],
      live: null,
      upcoming: [START + 4 * MINUTE, START + 5 * MINUTE, START + 6 * MINUTE],
    });
    // Only a run that was seen in a thread began then and took so long.
    expect(lane?.runs.map(({ threadId }) => typeof threadId)).toEqual(['number', 'number']);
    expect([off, gone]).toEqual([
      { key: 'quick/off', runs: [], live: null, upcoming: [] },
      { key: 'gone/for-good', runs: [], live: null, upcoming: [] },
    ]);
    const [short] = await desk.ask('lanes', { keys: keys.slice(0, 1), ...span, limit: 1 });
    expect(short).toMatchObject({ runs: [{ scheduledAtMs: START + 3 * MINUTE }], upcoming: [START + 4 * MINUTE] });
  });

  test('tells a schedule, its occurrences and its life', async () => {
    const desk = await VirtualDesk.open({ plugins: [quick] });
    const key = 'quick/minutely';
    await desk.ask('pause', { key, by: 'ada', note: 'maintenance' });
    expect((await desk.ask('schedule', { key })).upcoming).toEqual([]);
    await desk.ask('resume', { key, by: 'ada' });

    const detail = await desk.ask('schedule', { key });
    expect(detail).toMatchObject({ schedule: { key, state: 'idle' }, declared: { id: 'minutely', cron: '* * * * *' } });
    expect(detail.upcoming).toHaveLength(10);
    expect(await desk.ask('upcoming', { key, count: 2 })).toEqual([START + MINUTE, START + 2 * MINUTE]);
    const life = await desk.ask('life', { key, limit: 2 });
    expect(life.map(({ kind }) => kind)).toEqual(['resumed', 'paused']);
    expect(await desk.ask('explain', { key, atMs: START + MINUTE })).toMatchObject({ key });
    expect(await desk.ask('stats', null)).toMatchObject({ nodeId: 'node-1' });
  });

  test('describes what is installed, a page at a time and with the first of its schedules', async () => {
    const many: ScheduledPlugin = {
      name: 'many',
      schedules: () => Array.from({ length: 25 }, (_, index) => ({ id: `s${index}`, cron: '@daily' })),
      run: () => {},
    };
    const desk = await VirtualDesk.open({
      plugins: [quick, { plugin: many, tenantId: 'acme' }, { plugin: many, tenantId: 'umbrella' }],
    });
    const all = await desk.ask('plugins', {});
    expect(all).toMatchObject({ names: ['quick', 'many'], tenantIds: ['acme', 'umbrella'], total: 3, offset: 0 });
    expect(all.plugins.map(({ name, scheduleCount, schedules }) => [name, scheduleCount, schedules.length])).toEqual([
      ['many', 25, 10],
      ['many', 25, 10],
      ['quick', 2, 2],
    ]);
    const part = await desk.ask('plugins', { offset: 1, limit: 1, schedules: 1 });
    expect(part).toMatchObject({
      names: ['quick', 'many'],
      total: 3,
      offset: 1,
      plugins: [{ name: 'many', tenantId: 'umbrella', scheduleCount: 25, schedules: [{ id: 's0' }] }],
    });
    expect((await desk.ask('plugins', { offset: 3 })).plugins).toEqual([]);
    const keys = ['many@umbrella/s3', 'many@umbrella/s24', 'many@umbrella/s3', 'quick/gone'];
    const chosen = await desk.ask('plugins', { keys });
    expect(chosen.plugins.map(({ tenantId }) => tenantId)).toEqual(['umbrella']);
    expect(chosen.plugins[0]?.schedules.map(({ id }) => id)).toEqual(['s3', 's24']);
    for (const wrong of [{ limit: 201 }, { limit: 0 }, { schedules: 11 }, { offset: -1 }]) {
      await expect(desk.asked('plugins', wrong)).rejects.toThrow(InvalidOptionError);
    }
  });

  test.each(['schedule', 'upcoming', 'life', 'trigger', 'pause', 'resume', 'setPosition'] as const)(
    'knows no schedule that there is not: %s',
    async (method) => {
      const desk = await VirtualDesk.open({ plugins: [quick] });
      const params = { key: 'quick/minutly', by: 'ada', count: 1, limit: 1, atMs: START };
      await expect(desk.asked(method, params)).rejects.toThrow(UnknownScheduleError);
    },
  );

  test('keeps who did what, and what was refused', async () => {
    const desk = await VirtualDesk.open({ plugins: [patient(), quick] });
    const key = 'patient/hourly';
    const { runId } = desk.host.trigger({ key });
    await expect(desk.ask('trigger', { key, by: 'ada' })).rejects.toThrow(ScheduleBusyError);
    await desk.ask('abort', { runId, by: 'ada' });
    await desk.ask('pause', { key: 'quick/minutely', by: 'bob', note: 'maintenance' });
    await desk.ask('setPosition', { key: 'quick/minutely', by: 'bob', atMs: START });
    await desk.clock.advanceUntil(desk.host.resume({ key: 'quick/minutely' }));
    await desk.ask('reload', { name: 'quick', by: 'bob' });

    expect(await desk.ask('audit', {})).toMatchObject([
      { action: 'reload', by: 'bob', plugin: 'quick', nodeId: 'node-1', atMs: expect.any(Number) },
      { action: 'resume', by: 'host', key: 'quick/minutely' },
      { action: 'set-position', by: 'bob', note: '2026-01-01T00:00:00.000Z' },
      { action: 'pause', by: 'bob', note: 'maintenance' },
      { action: 'abort', by: 'ada', runId, key },
      { action: 'trigger', by: 'ada', key, refusal: expect.stringContaining('cannot be triggered') },
      { action: 'trigger', by: 'host', key, runId },
    ]);
    expect(await desk.ask('audit', { key, limit: 1 })).toMatchObject([{ action: 'abort' }]);
  });

  test('carries the trace of a trigger into the run, its calls and its record', async () => {
    const seen: (string | undefined)[] = [];
    const calling = patient({
      run: async (ctx) => {
        seen.push(ctx.traceparent);
        await ctx.host['note']?.();
      },
    });
    const note = withCaller(async (_args, caller: HostCaller) => {
      seen.push(caller.traceparent);
    });
    const desk = await VirtualDesk.open({ plugins: [calling], hostFunctions: { note } });
    const { runId } = await desk.ask('trigger', { key: 'patient/hourly', by: 'ada', traceparent: TRACEPARENT });
    await desk.clock.advance(MINUTE);

    expect(seen).toEqual([TRACEPARENT, TRACEPARENT]);
    expect(await desk.ask('history', { runId })).toMatchObject([{ traceparent: TRACEPARENT }]);
  });

  test.each<[string, string, unknown, string]>([
    ['an unknown order', 'page', { sort: 'name' }, 'sort'],
    ['an offset that is not whole', 'page', { offset: 0.5 }, 'offset'],
    ['a page without end', 'page', { limit: 1_001 }, 'limit'],
    ['a state that there is not', 'page', { states: ['asleep'] }, 'states'],
    ['a text that is none', 'page', { search: 7 }, 'search'],
    ['too many lanes', 'lanes', { keys: Array(101).fill('a/b'), sinceMs: 0, untilMs: 1 }, 'keys'],
    ['a key that is not a text', 'schedule', { key: {} }, 'key'],
    ['an argument that is none', 'schedule', null, 'schedule'],
    ['an instant beyond time', 'explain', { key: 'a/b', atMs: 1e20 }, 'atMs'],
    ['nobody who acts', 'pause', { key: 'quick/minutely' }, 'by'],
    ['a note without end', 'pause', { key: 'quick/minutely', by: 'ada', note: 'x'.repeat(1_001) }, 'note'],
    ['a trace that is none', 'trigger', { key: 'quick/minutely', by: 'ada', traceparent: '00-1-2-3' }, 'traceparent'],
    ['a trace of zeros', 'trigger', { key: 'quick/minutely', by: 'ada', traceparent: NO_TRACE }, 'traceparent'],
    ['an inherited field', 'abort', Object.create({ runId: 'r', by: 'ada' }), 'runId'],
  ])('refuses %s', async (_what, method, params, option) => {
    const desk = await VirtualDesk.open({ plugins: [quick] });
    await expect(desk.asked(method, params)).rejects.toMatchObject({ name: InvalidOptionError.name, option });
  });

  test.each(['constructor', 'answer', '__proto__', '', 7, null])('knows no question %j', async (method) => {
    const desk = await VirtualDesk.open({ plugins: [] });
    await expect(desk.asked(method, {})).rejects.toThrow('a scheduler cannot be asked for this');
  });
});
