import { describe, expect, test } from 'vitest';
import { type Outcome, RUN_OUTCOMES } from '../../../src/machines/run.ts';
import type { ScheduleEntry } from '../../../src/machines/schedule-entries.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import {
  NOTICE_KINDS,
  newsOfRun,
  newsOfSilence,
  noticeOf,
  untoldNews,
} from '../../../src/machines/watching/notices.ts';
import { NOTHING_TOLD, type Told } from '../../../src/machines/watching/told.ts';
import { KEY, recordOf, registered, settled } from '../../support/ledger-entries.ts';

/** What is told of runs that end like this, one after the other. */
function toldOf(...outcomes: readonly Outcome[]): (string | null)[] {
  let told: Told = NOTHING_TOLD;
  return outcomes.map((outcome) => {
    const news = newsOfRun(told, outcome);
    told = news?.told ?? told;
    return news?.kind ?? null;
  });
}

function stateAfter(...entries: readonly ScheduleEntry[]): ScheduleState {
  return [registered(0), ...entries].reduce<ScheduleState | undefined>(fold, undefined) as ScheduleState;
}

const run = (atMs: number, outcome: Outcome): ScheduleEntry =>
  settled(recordOf(`run-${atMs}`, atMs, { finishedAtMs: atMs, outcome }));
const told = (isFailing: boolean, isSilent: boolean): ScheduleEntry => ({
  kind: 'told',
  key: KEY,
  told: { isFailing, isSilent },
});
/** It was on its way, and nobody knows whether it has arrived. */
const onItsWay = (isFailing: boolean, isSilent: boolean): ScheduleEntry => ({
  kind: 'told',
  key: KEY,
  told: NOTHING_TOLD,
  mayBeTold: { isFailing, isSilent },
});
const SILENT: ScheduleEntry = { kind: 'silent', key: KEY, atMs: 9_000 };

describe('what is told of a schedule', () => {
  test('is told once for each change, not for each run', () => {
    expect(toldOf('succeeded', 'failed', 'failed', 'timed-out', 'succeeded', 'succeeded', 'crashed')).toEqual([
      null,
      'failed',
      null,
      null,
      'recovered',
      null,
      'crashed',
    ]);
  });

  test('names each way to fail, and is silent about what is not the doing of the plugin', () => {
    const kinds = RUN_OUTCOMES.map((outcome) => newsOfRun(NOTHING_TOLD, outcome)?.kind ?? null);
    expect(kinds.filter((kind) => kind !== null)).toEqual(
      NOTICE_KINDS.filter((kind) => kind !== 'silent' && kind !== 'recovered'),
    );
  });

  test('tells of silence beside failures, and of one recovery from both', () => {
    const failing = newsOfRun(NOTHING_TOLD, 'failed')?.told as Told;
    const both = newsOfSilence(failing)?.told as Told;
    expect(both).toEqual({ isFailing: true, isSilent: true });
    expect(newsOfSilence(both)).toBeNull();
    expect(newsOfRun(both, 'failed')).toBeNull();
    expect(newsOfRun(both, 'succeeded')).toEqual({ kind: 'recovered', told: NOTHING_TOLD });
  });

  test('is told again after a restart, or taken back, where nobody knows whether it has arrived', () => {
    const kinds = (state: ScheduleState): string[] => untoldNews(state).map(({ kind }) => kind);
    expect(kinds(stateAfter(run(1, 'failed'), onItsWay(true, false)))).toEqual(['failed']);
    expect(kinds(stateAfter(run(1, 'failed'), onItsWay(true, false), run(2, 'succeeded')))).toEqual(['recovered']);
    expect(kinds(stateAfter(SILENT, onItsWay(false, true), run(2, 'succeeded')))).toEqual(['recovered']);
    const confirmed = stateAfter(run(1, 'failed'), onItsWay(true, false), told(true, false));
    expect(confirmed.mayBeTold).toBeUndefined();
    expect(kinds(confirmed)).toEqual([]);
    const over = stateAfter(run(1, 'failed'), onItsWay(true, false), run(2, 'succeeded'), told(false, false));
    expect([over.told, over.mayBeTold, kinds(over)]).toEqual([undefined, undefined, []]);
  });

  test('after a restart is what nobody was told, and is still so', () => {
    const kinds = (state: ScheduleState): string[] => untoldNews(state).map(({ kind }) => kind);
    expect(kinds(stateAfter(run(1, 'failed')))).toEqual(['failed']);
    expect(kinds(stateAfter(run(1, 'failed'), told(true, false)))).toEqual([]);
    expect(kinds(stateAfter(run(1, 'failed'), told(true, false), SILENT))).toEqual(['silent']);
    expect(kinds(stateAfter(run(1, 'succeeded'), SILENT))).toEqual(['silent']);
    expect(kinds(stateAfter(run(1, 'timed-out'), SILENT))).toEqual(['timed-out', 'silent']);
    expect(kinds(stateAfter(run(1, 'failed'), run(2, 'succeeded')))).toEqual([]);
    expect(kinds(stateAfter(run(1, 'failed'), told(true, false), run(2, 'succeeded')))).toEqual(['recovered']);
    const resumed: ScheduleEntry = { kind: 'resumed', key: KEY, atMs: 2, isProbe: false };
    expect(kinds(stateAfter(run(1, 'failed'), told(true, false), resumed))).toEqual([]);
  });

  test('is not kept when there is nothing wrong any more', () => {
    expect(stateAfter(run(1, 'failed'), told(true, false)).told).toEqual({ isFailing: true, isSilent: false });
    expect(Object.keys(stateAfter(run(1, 'failed'), told(true, false), told(false, false)))).not.toContain('told');
  });
});

describe('a notice', () => {
  const parts = { identity: { plugin: 'reports', scheduleId: 'nightly' }, nodeId: 'n1', maxSilenceMs: 90_000 };

  test('says what happened in a sentence, with the run', () => {
    const state = stateAfter(
      settled(recordOf('r', 5, { outcome: 'failed', error: { name: 'TypeError', message: 'x is not a function' } })),
    );
    const [news] = untoldNews(state);
    expect(news && noticeOf(news, { ...parts, state })).toMatchObject({
      kind: 'failed',
      key: KEY,
      plugin: 'reports',
      scheduleId: 'nightly',
      nodeId: 'n1',
      atMs: 10,
      failuresInRow: 1,
      text: `Schedule "${KEY}" fails: its run ended as "failed" (TypeError: x is not a function).`,
      run: { runId: 'r' },
      told: { isFailing: true, isSilent: false },
    });
  });

  test('says since when a schedule is silent, and how long it may be', () => {
    const state = stateAfter(run(0, 'succeeded'), SILENT);
    const notice = noticeOf({ kind: 'silent', told: { isFailing: false, isSilent: true } }, { ...parts, state });
    expect(notice).toMatchObject({ atMs: 9_000, maxSilenceMs: 90_000, lastSuccessAtMs: 0 });
    expect(notice.text).toBe(
      `Schedule "${KEY}" is silent: no run of it has succeeded since 1970-01-01T00:00:00.000Z, and 1 min 30 s is the ` +
        'longest that it may be silent.',
    );
  });
});
