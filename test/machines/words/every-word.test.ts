import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VERDICTS } from '../../../src/machines/explaining/explanation.ts';
import { AUDIT_ACTIONS } from '../../../src/machines/operating/audit.ts';
import { SCHEDULE_SORTS, SCHEDULE_STATES } from '../../../src/machines/operating/schedule-lists.ts';
import { DECISION_REASONS, LOG_LEVELS, RUN_OUTCOMES, RUN_TRIGGERS, SKIP_OUTCOMES } from '../../../src/machines/run.ts';
import { LIFE_EVENT_KINDS } from '../../../src/machines/schedule-life.ts';
import { NOTICE_KINDS } from '../../../src/machines/watching/notices.ts';
import { everyWord, LOCKING_HINTS, MISSED_RUN_POLICIES } from '../../../src/machines/words/every-word.ts';

const SOURCES = new URL('../../../src/', import.meta.url);

describe('a list of words', () => {
  test('has every word of its type, and no other', () => {
    expect(everyWord<'a' | 'b'>()(['b', 'a'])).toEqual(['b', 'a']);
    // @ts-expect-error One is missing.
    everyWord<'a' | 'b'>()(['a']);
    // @ts-expect-error One is too many.
    everyWord<'a' | 'b'>()(['a', 'b', 'c']);
  });

  test.each<[string, readonly string[], string]>([
    ['outcomes of runs', RUN_OUTCOMES, 'machines/words/outcomes.ts'],
    ['outcomes of what did not run', SKIP_OUTCOMES, 'machines/words/outcomes.ts'],
    ['triggers', RUN_TRIGGERS, 'machines/run.ts'],
    ['levels of a log', LOG_LEVELS, 'machines/operating/log-line.ts'],
    ['reasons', DECISION_REASONS, 'machines/run.ts'],
    ['kinds of events in a life', LIFE_EVENT_KINDS, 'machines/schedule-life.ts'],
    ['verdicts', VERDICTS.slice(-4), 'machines/explaining/explanation.ts'],
    ['what operators do', AUDIT_ACTIONS, 'machines/operating/audit.ts'],
    ['kinds of notices', NOTICE_KINDS, 'machines/watching/notices.ts'],
    ['states of schedules', SCHEDULE_STATES, 'machines/operating/schedule-lists.ts'],
    ['orders of schedules', SCHEDULE_SORTS, 'machines/operating/schedule-lists.ts'],
    ['policies', MISSED_RUN_POLICIES, 'machines/words/every-word.ts'],
    ['hints for locking', LOCKING_HINTS, 'machines/words/every-word.ts'],
  ])('stands in one file: %s', (_what, words, owner) => {
    const list = new RegExp(words.map((word) => `'${word}'`).join('\\s*,\\s*(?:/\\*\\*.*?\\*/\\s*)?'));
    const holders = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .filter((file) => list.test(readFileSync(new URL(file, SOURCES), 'utf8')));
    expect(holders).toEqual([owner]);
  });
});
