/** Rows of a store that somebody has changed. The row is set aside; everything else goes on. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteStore } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import type { Scenario } from '../scenario.ts';

const KEY = 'neighbour/a';

/** SQL on the file of a scheduler that has run and stopped. */
const CHANGES: Readonly<Record<string, string>> = {
  'state-is-empty': `UPDATE schedules SET state = '' WHERE key = '${KEY}'`,
  'state-is-null-text': `UPDATE schedules SET state = 'null' WHERE key = '${KEY}'`,
  'state-is-a-number': `UPDATE schedules SET state = 5 WHERE key = '${KEY}'`,
  'state-is-a-blob': `UPDATE schedules SET state = x'00ff' WHERE key = '${KEY}'`,
  'state-is-no-json': `UPDATE schedules SET state = '{' WHERE key = '${KEY}'`,
  'state-is-an-empty-object': `UPDATE schedules SET state = '{}' WHERE key = '${KEY}'`,
  'state-is-a-list': `UPDATE schedules SET state = '[]' WHERE key = '${KEY}'`,
  'cursor-is-a-text': `UPDATE schedules SET state = json_set(state, '$.cursorMs', 'x') WHERE key = '${KEY}'`,
  'cursor-is-null': `UPDATE schedules SET state = json_set(state, '$.cursorMs', null) WHERE key = '${KEY}'`,
  'cursor-is-out-of-range': `UPDATE schedules SET state = json_set(state, '$.cursorMs', 1e300) WHERE key = '${KEY}'`,
  'cursor-is-negative': `UPDATE schedules SET state = json_set(state, '$.cursorMs', -1e15) WHERE key = '${KEY}'`,
  'all-fields-are-texts': `UPDATE schedules SET state = (SELECT json_group_object(k.key, 'x') FROM json_each(state) AS k) WHERE key = '${KEY}'`,
  'all-fields-are-null': `UPDATE schedules SET state = (SELECT json_group_object(k.key, null) FROM json_each(state) AS k) WHERE key = '${KEY}'`,
  'state-of-30-mb': `UPDATE schedules SET state = json_set(state, '$.more', hex(zeroblob(15000000))) WHERE key = '${KEY}'`,
  'claims-are-no-json': `INSERT INTO claims VALUES ('r1', '${KEY}', '{'), ('r2', '${KEY}', 'null'), ('r3', 'x/y', '{}')`,
  'claims-of-wrong-types': `INSERT INTO claims VALUES ('r1', '${KEY}', '{"runId":5,"key":null,"scheduledAtMs":"x"}')`,
  'runs-are-no-json': "UPDATE runs SET record = '{', log = '{'",
  'runs-are-null': "UPDATE runs SET record = 'null', log = 'null'",
  'decisions-are-no-json': `INSERT INTO decisions (key, from_at, until_at, taken_at, decision) VALUES ('${KEY}', 0, 1e15, 1e12, '{')`,
  'life-is-no-json': `INSERT INTO life (key, at, event) VALUES ('${KEY}', 1e12, '{'), ('${KEY}', 1e12, 'null')`,
  'sessions-of-wrong-types': "UPDATE sessions SET started_at = 'x', seen_at = -1, stopped_at = 'y'",
  'keys-that-nobody-declares': "INSERT INTO schedules SELECT 'gone/' || value, '{}' FROM json_each('[1,2,3]')",
};

/** Changes after which the schedule of the row begins anew, so that somebody has to be told. */
const TOLD = /^(state-is|state-of|cursor-is-a|cursor-is-null|all-fields)/;

async function startWith(bench: HostBench, name: string, change: string): Promise<void> {
  await bench.start();
  await bench.stop();
  const database = new DatabaseSync(bench.path('store.db'));
  database.exec(change);
  database.close();
  const warnings: string[] = [];
  await bench.start((code, message) => warnings.push(`${code} ${message}`));
  const { scheduler } = bench;
  await bench.linger(1_000);
  await scheduler
    .history({ limit: 1_000, withLog: true })
    .catch((error: unknown) => bench.problem(`history: ${error}`));
  await scheduler.explain(KEY, Date.now() - 500).catch((error: unknown) => bench.problem(`explain: ${error}`));
  if (TOLD.test(name) && !warnings.some((text) => text.startsWith('store-') && text.includes(KEY))) {
    bench.problem(`no warning of the store names ${KEY}, only ${warnings.join('; ') || 'nothing'}`);
  }
  await bench.stop();
}

export const ROWS: readonly Scenario[] = Object.entries(CHANGES).map(([name, change]) => ({
  name,
  expect: {},
  options: ({ folder }) => ({ store: sqliteStore({ path: join(folder, 'store.db') }) }),
  alone: (bench) => startWith(bench, name, change),
}));
