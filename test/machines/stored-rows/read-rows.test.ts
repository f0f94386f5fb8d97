import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../src/machines/run.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { type RefusedRow, readRow, readRunWithLog, usableRows } from '../../../src/machines/stored-rows/read-rows.ts';
import { claimOf, KEY, recordOf, registrationOf } from '../../support/ledger-entries.ts';

/** A record with everything that a record may have. */
const FULL: RunRecord = {
  ...recordOf('full', 5),
  tenantId: 't',
  siteId: 's',
  recoveryOf: 'lost',
  outcome: 'failed',
  error: { name: 'Error', message: '', stack: 'at x', code: 'E', cause: { name: 'TypeError', message: 'deep' } },
  cpuMs: 0.5,
  fuel: 0,
  fuelBudget: 5,
  fencingToken: '7',
  threadId: 3,
  droppedLogLines: 2,
};

const STATE: ScheduleState = {
  ...(fold(undefined, { kind: 'registered', registration: registrationOf(-5.5) }) as ScheduleState),
  owed: { runId: 'lost', scheduledAtMs: 1 },
  pause: { atMs: 1, note: '', probeAtMs: 2 },
  outcomes: { succeeded: 3, 'missed-skipped': 2 },
  lastRun: FULL,
  lastFailure: FULL,
  fencing: 0,
};

const textOf = (row: unknown): string => JSON.stringify(row);

describe('a stored row', () => {
  test('is read as it was written, with all that it may have, and with what a later version adds', () => {
    const state = { ...STATE, later: { version: 2 } };
    expect(readRow('schedules', textOf(state), { key: KEY })).toEqual({ value: state });
    const claim = { ...claimOf(recordOf('r', 5)), basis: { cursorMs: 4, owed: STATE.owed } };
    expect(readRow('claims', textOf(claim), { key: KEY, runId: 'r' })).toEqual({ value: claim });
    const log = [{ atMs: 1.5, level: 'info', message: '', fields: { deep: [null] } }];
    expect(readRunWithLog(textOf(FULL), textOf(log), { runId: 'full' })).toEqual({ value: { ...FULL, log } });
    expect(readRunWithLog(textOf(FULL), null, {})).toEqual({ value: { ...FULL, log: [] } });
  });

  test('that is longer than any that is written is wrong, and is not parsed', () => {
    const long = textOf({ ...STATE, more: 'x'.repeat(5_000_000) });
    const problem = expect.stringMatching(/has \d+ characters, more than 4194304/);
    expect(readRow('schedules', long, { key: KEY })).toEqual({ problem });
    const log = textOf([{ atMs: 1, level: 'info', message: 'x'.repeat(5_000_000) }]);
    expect(readRunWithLog(textOf(FULL), log, {})).toHaveProperty('value');
    expect(readRunWithLog(textOf(FULL), `${' '.repeat(2 ** 24)}[]`, {})).toHaveProperty('problem');
  });

  test('that inherits what it lacks is wrong', () => {
    const document = textOf(STATE).replace('"cursorMs"', '"__proto__":{"cursorMs":1},"was"');
    expect(readRow('schedules', document)).toEqual({
      problem: 'cursorMs must be an instant in milliseconds, not undefined',
    });
  });

  test('with more causes than an error can have is wrong, and is not walked to its end', () => {
    const depth = 50_000;
    const causes = `${'{"name":"E","message":"","cause":'.repeat(depth)}null${'}'.repeat(depth)}`;
    const document = textOf(FULL).replace(/"error":\{.*?\}\}/, `"error":${causes}`);
    expect(readRow('runs', document)).toMatchObject({
      problem: expect.stringMatching(/not have so many causes|not JSON/),
    });
  });

  test('is left out of a list if it is wrong, and the rest of the list stays', () => {
    const refused: RefusedRow[] = [];
    const rows = [STATE, undefined, 'x', { ...STATE, key: 7 }, { ...STATE, dueCount: 1n }] as ScheduleState[];
    expect(usableRows('schedules', rows, (row) => refused.push(row))).toEqual([STATE]);
    expect(refused.map(({ key, problem }) => `${key}: ${problem}`)).toEqual([
      ': must be an object, not undefined',
      ': must be an object, not "x"',
      ': key must be a text that is not empty, not 7',
      `${KEY}: dueCount must be a whole number from 0, not 1`,
    ]);
  });
});
