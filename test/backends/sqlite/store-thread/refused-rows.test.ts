/** Rows that somebody else has changed: each is set aside with its key and a warning, and everything else goes on. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../../../src/backends/sqlite/store-thread/owned-file.ts';
import { openStoreFile } from '../../../../src/backends/sqlite/store-thread/store-file.ts';
import { StoreService } from '../../../../src/backends/sqlite/store-thread/store-service.ts';
import { claimed, decided, KEY, overlapAt, recordOf, registered, settled } from '../../../support/ledger-entries.ts';
import { temporaryFolder } from '../../../support/scheduler-harness.ts';

const session = { nodeId: 'node', incarnationId: 'first', atMs: Date.UTC(2026, 0, 1) };
const OTHER = 'reports/hourly';
const at = (seconds: number): number => session.atMs + seconds * 1_000;

function serviceAt(path: string): { service: StoreService; notices: Notice[] } {
  const notices: Notice[] = [];
  const retention = { maxRuns: 100_000, maxAgeMs: 86_400_000 };
  const service = new StoreService({ path, durability: 'relaxed', retention }, (notice) => notices.push(notice));
  onTestFinished(() => void service.close({ atMs: at(100) }));
  return { service, notices };
}

/** A store with two schedules; the first one has rows of every kind. */
async function filledStore(): Promise<string> {
  const path = join(temporaryFolder(), 'store.db');
  const { service } = serviceAt(path);
  await service.open(session);
  await service.write([registered(session.atMs), registered(session.atMs, { key: OTHER })]);
  await service.write([settled(recordOf('first', at(1))), settled(recordOf('second', at(2)))]);
  await service.write([decided(overlapAt(at(3))), claimed(recordOf('open', at(4)))]);
  await service.close({ atMs: at(5) });
  return path;
}

function change(path: string, sql: string): void {
  const connection = new DatabaseSync(path);
  connection.exec(sql);
  connection.close();
}

function kept(path: string): unknown[] {
  const connection = new DatabaseSync(path, { readOnly: true });
  const rows = connection.prepare('SELECT source, key, reason FROM refused').all();
  connection.close();
  return rows.map((row) => ({ ...row }));
}

const STATES: readonly (readonly [what: string, value: string, problem: RegExp])[] = [
  ['an empty text', "''", /is empty/],
  ['the JSON null', "'null'", /must be an object, not null/],
  ['half of a JSON', 'substr(state, 1, 40)', /is not JSON/],
  ['a blob', "x'00ff'", /is not a text/],
  ['a number', '7', /is not JSON|must be an object, not 7/],
  ['a list', "'[]'", /must be an object, not a list/],
  [
    'a cursor that is a text',
    "json_set(state, '$.cursorMs', 'x')",
    /cursorMs must be an instant in milliseconds, not "x"/,
  ],
  ['a cursor that is null', "json_set(state, '$.cursorMs', NULL)", /cursorMs must be an instant/],
  ['a cursor out of range', "json_set(state, '$.cursorMs', 1e300)", /cursorMs must be an instant/],
  ['no cursor', "json_remove(state, '$.cursorMs')", /cursorMs must be an instant.*, not undefined/],
  ['a count below zero', "json_set(state, '$.dueCount', -1)", /dueCount must be a whole number from 0, not -1/],
  ['an unknown outcome', "json_set(state, '$.outcomes.won', 1)", /outcomes\.won must not be there/],
  [
    'a policy that is unknown',
    "json_set(state, '$.declared.missedRunPolicy', 'x')",
    /declared\.missedRunPolicy must be one of/,
  ],
  ['a pause without a time', "json_set(state, '$.pause', json('{}'))", /pause\.atMs must be an instant/],
  ['a wrong last run', "json_set(state, '$.lastRun.lateness', 5)", /lastRun\.lateness must be an object, not 5/],
  ['the key of another schedule', "json_set(state, '$.key', 'x/y')", /is about "x\/y"/],
];

describe('a stored schedule', () => {
  test.each(STATES)('that is %s is set aside, and begins anew', async (_what, value, problem) => {
    const path = await filledStore();
    change(path, `UPDATE schedules SET state = ${value} WHERE key = '${KEY}'`);
    const { service, notices } = serviceAt(path);
    const { schedules } = await service.open({ ...session, incarnationId: 'second' });
    expect(schedules.map(({ key }) => key)).toEqual([OTHER]);
    expect(notices).toEqual([
      {
        kind: 'warned',
        code: 'store-row-refused',
        key: KEY,
        message: expect.stringMatching(new RegExp(`a row of schedules for "${KEY}" that .*${problem.source}`)),
      },
    ]);
    expect(kept(path)).toEqual([{ source: 'schedules', key: KEY, reason: expect.stringMatching(problem) }]);
    await service.write([registered(at(9))]);
    await service.close({ atMs: at(10) });
    const again = serviceAt(path);
    const state = (await again.service.open(session)).schedules.find(({ key }) => key === KEY);
    expect(state).toMatchObject({ cursorMs: at(9), dueCount: 0 });
    expect(again.notices).toEqual([]);
  });

  test('that is changed while the store is open is asked for again', async () => {
    const path = await filledStore();
    const { service, notices } = serviceAt(path);
    await service.open(session);
    change(path, `UPDATE schedules SET state = '{' WHERE key = '${KEY}'`);
    await service.write([settled(recordOf('third', at(6)))]);
    expect(notices.map((notice) => (notice.kind === 'warned' ? notice.code : notice.kind))).toEqual([
      'store-row-refused',
      'state.lacking',
    ]);
    expect((await service.history({ key: KEY })).length).toBe(3);
  });
});

describe('other rows', () => {
  test.each([
    ['claims', "UPDATE claims SET claim = '{}'"],
    ['claims', "UPDATE claims SET claim = json_set(claim, '$.draft.runId', 'other')"],
    ['runs', "UPDATE runs SET record = '' WHERE run_id = 'first'"],
    ['runs', "UPDATE runs SET record = json_set(record, '$.finishedAtMs', 'x') WHERE run_id = 'first'"],
    ['runs', "UPDATE runs SET log = '[7]' WHERE run_id = 'first'"],
    ['decisions', "UPDATE decisions SET decision = json_set(decision, '$.count', 0.5)"],
    ['life', "UPDATE life SET event = 'null' WHERE key = 'reports/nightly'"],
    ['life', "UPDATE life SET event = json_set(event, '$.declared.cron', 7) WHERE key = 'reports/nightly'"],
    ['sessions', "UPDATE sessions SET started_at = 'yesterday'"],
    ['sessions', "UPDATE sessions SET node = x'00', seen_at = x'00'"],
  ])('of %s that are wrong are set aside, whatever is asked: %s', async (source, sql) => {
    const path = await filledStore();
    change(path, sql);
    const { service, notices } = serviceAt(path);
    const { schedules, openClaims } = await service.open(session);
    expect(schedules.length).toBe(2);
    const runs = await service.history({ withLog: true, limit: 1 });
    const facts = await service.facts({ key: KEY, atMs: at(3) });
    await service.facts({ key: KEY, atMs: at(1) });
    await service.write([{ kind: 'seen', atMs: at(20) }]);
    await service.maintain();
    expect(runs.map(({ runId }) => runId)).toEqual(['second']);
    expect(await service.history({ limit: 2, withLog: true })).toHaveLength(source === 'runs' ? 1 : 2);
    expect(openClaims).toHaveLength(source === 'claims' ? 0 : 1);
    expect(facts.decision === undefined).toBe(source === 'decisions');
    expect(facts.life).toHaveLength(source === 'life' ? 0 : 1);
    expect(facts.sessions.length).toBe(source === 'sessions' ? 1 : 2);
    expect(notices).toMatchObject([{ code: 'store-row-refused' }]);
    expect(kept(path)).toMatchObject([{ source }]);
  });

  test('leave the answer as long as it was asked for', async () => {
    const path = await filledStore();
    change(path, "UPDATE runs SET record = 'null' WHERE run_id = 'second'");
    const { service } = serviceAt(path);
    await service.open(session);
    expect((await service.history({ limit: 1 })).map(({ runId }) => runId)).toEqual(['first']);
  });

  test('are passed over by a reader, which changes nothing', async () => {
    const path = await filledStore();
    change(path, "UPDATE runs SET record = 'null' WHERE run_id = 'second'");
    const file = openStoreFile(path);
    expect(file.history({}).map(({ runId }) => runId)).toEqual(['first']);
    file.close();
    expect(kept(path)).toEqual([]);
  });
});
