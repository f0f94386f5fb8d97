/** Reading the past waits in the thread that writes claims, so it must not read what it does not answer. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Queries } from '../../../../src/backends/sqlite/store-thread/queries.ts';
import { STORE_SCHEMA } from '../../../../src/backends/sqlite/store-thread/store-schema.ts';
import type { RunSearch } from '../../../../src/machines/history.ts';
import { recordOf } from '../../../support/ledger-entries.ts';

/** A store in which one schedule has most of the runs, and what SQLite plans to do for each query. */
function setUp() {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  STORE_SCHEMA.migrate(database);
  const insert = database.prepare(
    'INSERT INTO runs (run_id, key, outcome, scheduled_at, finished_at, record) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (let index = 0; index < 1_000; index += 1) {
    const key = index % 100 === 0 ? 'p/rare' : 'p/often';
    const record = recordOf(`run-${index}`, index, { key });
    insert.run(record.runId, key, record.outcome, index, record.finishedAtMs, JSON.stringify(record));
  }
  const plans: string[] = [];
  const prepare = (sql: string): StatementSync => {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(sql.match(/\?/g) ?? []).map(() => 1));
    plans.push(...plan.map(({ detail }) => String(detail)));
    return database.prepare(sql);
  };
  const queries = new Queries({ prepare } as unknown as DatabaseSync);
  const runIds = (search: RunSearch) => queries.history(search).map(({ runId }) => runId);
  return { queries, plans, runIds };
}

describe('the runs of one schedule among many', () => {
  test.each<[string, RunSearch, readonly string[]]>([
    ['the newest', { key: 'p/rare', limit: 2 }, ['run-900', 'run-800']],
    ['those of a span of time', { key: 'p/rare', since: 100, until: 400, limit: 2 }, ['run-300', 'run-200']],
    ['those with an outcome', { key: 'p/often', outcome: 'failed', limit: 2 }, []],
  ])('%s are found in an index, and only they are read', (_what, search, expected) => {
    const { plans, runIds } = setUp();
    expect(runIds(search)).toEqual(expected);
    const found = plans.filter((step) => /^(?:SEARCH|SCAN)/.test(step));
    expect(found).toEqual([
      'SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)',
      expect.stringMatching(/^SEARCH runs USING COVERING INDEX runs_by_occurrence /),
    ]);
  });
});
