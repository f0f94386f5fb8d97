import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresConnection } from '../../../../src/backends/postgres/connection/postgres-connection.ts';
import { migrateComponent } from '../../../../src/backends/postgres/schema/migrations.ts';
import { storeMigrations } from '../../../../src/backends/postgres/schema/store-schema.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { needsPostgres } from '../../../support/servers/needs.ts';
import { PostgresServer, postgresBinaries } from '../../../support/servers/postgres-server.ts';
import { describeWith } from '../../../support/servers/requirement.ts';

let server: PostgresServer;
let connection: PostgresConnection;

beforeAll(async () => {
  if (postgresBinaries() === null) return;
  server = await PostgresServer.start();
  connection = await PostgresConnection.open(
    { connectionString: server.connectionString, maxConnections: 2 },
    new SystemClock(),
  );
  await migrateComponent(connection, 'escapement', storeMigrations('escapement'));
}, 60_000);

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

interface Answer {
  readonly status?: string;
  readonly revisions?: readonly { readonly key: string; readonly revision: number }[];
  readonly views?: readonly object[];
  readonly now_ms?: number;
  readonly nodes?: readonly string[];
  readonly orphans?: readonly string[];
}

const empty = { keys: [], states: [], claims: [], unclaims: [], runs: [], decisions: [], life: [] };

async function call(sql: string, ...values: readonly unknown[]): Promise<Answer> {
  const [row] = await connection.query<{ answer: Answer }>(`SELECT escapement.${sql} AS answer`, values);
  if (row === undefined) throw new Error('No answer.');
  return row.answer;
}

const write = (node: string, batch: number, own: object = {}, ttlMs = 10_000): Promise<Answer> =>
  call('store_write($1)', JSON.stringify({ node, batch, ttl_ms: ttlMs, seen_at: 1, ...empty, ...own }));

const stateOf = (key: string, revision: number, state = '{}') => ({
  keys: [{ key, revision }],
  states: [{ key, state }],
});

describeWith(needsPostgres())('the functions of the Postgres store', () => {
  test('accept what was folded on the current revision, and show the current state to a later writer', async () => {
    expect(await write('a', 1, stateOf('k', 0))).toMatchObject({ status: 'written' });
    const refused = await write('b', 1, stateOf('k', 0, '{"no":1}'));
    expect(refused).toMatchObject({ status: 'conflict', views: [{ key: 'k', state: '{}', claims: [] }] });
  });

  test('write nothing for a batch that was burnt, and refuse to burn one that was written', async () => {
    expect(await call('store_burn($1, $2)', 'c', 1)).toBe(false);
    // The answer may have been lost, so asking again must give the same answer.
    expect(await call('store_burn($1, $2)', 'c', 1)).toBe(false);
    expect(await write('c', 1, stateOf('burnt', 0))).toMatchObject({ status: 'late' });
    await write('c', 2, stateOf('kept', 0));
    expect(await call('store_burn($1, $2)', 'c', 2)).toBe(true);
    expect((await call('store_look($1, $2, 0)', 'c', 10_000)).views).not.toContainEqual(
      expect.objectContaining({ key: 'burnt' }),
    );
  });

  test('write nothing of a batch that their clock says is early, and say with every answer what time it is', async () => {
    const { now_ms: nowMs = 0 } = await write('e', 1, stateOf('timely', 0));
    expect(nowMs).toBeGreaterThan(1e12);
    const early = await write('e', 2, { ...stateOf('early', 0), not_before_ms: nowMs + 60_000 });
    expect(early).toEqual({ status: 'early', now_ms: expect.any(Number) });
    // Its number was not used, so the node writes under it what is left of the batch.
    expect(await write('e', 2, { ...stateOf('early', 0), not_before_ms: nowMs })).toMatchObject({ status: 'written' });
  });

  test('keep NUL characters in documents, and hand over the claims of a node that is gone', async () => {
    const claim = JSON.stringify({ runId: 'r', note: 'a\u0000b' });
    await write('gone', 1, { ...stateOf('o', 0), claims: [{ run_id: 'r', key: 'o', claim }] }, 0);
    const { orphans, nodes } = await call('store_look($1, $2, 0)', 'd', 10_000);
    expect(orphans).toEqual([claim]);
    expect(nodes).not.toContain('gone');
  });
});
