/** What the conformance kit does not check: sessions of one node name, and retention. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openPostgresBackend, type PostgresBackend } from '../../../src/backends/postgres/postgres-backend.ts';
import type { FoldedBatch } from '../../../src/backends/shared-store/shared-backend.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import { recordOf } from '../../support/ledger-entries.ts';
import { needsPostgres } from '../../support/servers/needs.ts';
import { PostgresServer } from '../../support/servers/postgres-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const nothing = { changes: [], checks: [], runs: [], decisions: [], life: [] };
const batchOf = (number: number, own: Partial<FoldedBatch>): FoldedBatch => ({ number, ...nothing, ...own });

describeWith(needsPostgres())('the Postgres backend', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server.stop());

  async function open(schema: string, retention = { maxRuns: 100_000, maxAgeMs: 1e12 }): Promise<PostgresBackend> {
    const { connectionString } = server;
    const options = { connectionString, schema, maxConnections: 1, retention };
    const backend = await openPostgresBackend(options, new SystemClock());
    onTestFinished(() => backend.close());
    return backend;
  }

  test('asks about the past on a connection of its own, and finds a rare outcome by an index', async () => {
    const backend = await open('readers');
    const sessions = async (): Promise<number> => {
      const [row] = await server.psql<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      return row?.count ?? 0;
    };
    const before = await sessions();
    await backend.openClaims();
    expect(await sessions()).toBe(before);
    await backend.history({ outcome: 'lost' });
    await Promise.all([backend.history({ outcome: 'lost' }), backend.facts('none', 0)]);
    expect(await sessions()).toBe(before + 1);

    await server.psql(`INSERT INTO readers.runs (run_id, key, outcome, scheduled_at, finished_at, record)
      SELECT n::text, 'k', 'succeeded', n, n, '{}' FROM generate_series(1, 50000) AS n`);
    await server.psql('ANALYZE readers.runs');
    const plan = await server.psql(
      `EXPLAIN SELECT * FROM readers.runs WHERE outcome = 'lost' ORDER BY id DESC LIMIT 100`,
    );
    expect(JSON.stringify(plan)).toContain('runs_by_outcome');
  });

  test('keeps two sessions of one node name apart: what the later one does is not a sign of the earlier one', async () => {
    const [crashed, later] = [await open('sessions'), await open('sessions')];
    await crashed.enter({ nodeId: 'named', incarnationId: 'first', atMs: 1_000 }, 10_000);
    await crashed.write(batchOf(1, { seenAtMs: 2_000 }));
    await later.enter({ nodeId: 'named', incarnationId: 'second', atMs: 9_000 }, 10_000);
    await later.write(batchOf(2, { seenAtMs: 9_500 }));
    await crashed.leave(9_600);
    expect((await later.facts('none', 0)).sessions).toMatchObject([
      { incarnationId: 'first', seenAtMs: 9_600, stoppedAtMs: 9_600 },
      { incarnationId: 'second', seenAtMs: 9_500 },
    ]);
    expect((await later.facts('none', 0)).sessions[1]?.stoppedAtMs).toBeUndefined();
    await later.leave(9_700);
    const [node] = await server.psql<{ gone: boolean }>(
      `SELECT expires_at <= clock_timestamp() AS gone FROM sessions.nodes WHERE node_id = 'named'`,
    );
    expect(node?.gone).toBe(true);
  });

  test('keeps a node alive when an earlier session of its name leaves', async () => {
    const [old, present] = [await open('names'), await open('names')];
    await old.enter({ nodeId: 'named', incarnationId: 'first', atMs: 1_000 }, 60_000);
    await present.enter({ nodeId: 'named', incarnationId: 'second', atMs: 9_000 }, 60_000);
    await old.leave(9_600);
    const [node] = await server.psql<{ alive: boolean }>(
      `SELECT expires_at > clock_timestamp() AS alive FROM names.nodes WHERE node_id = 'named'`,
    );
    expect(node?.alive).toBe(true);
  });

  test('drops what is too old in slices, even if a note has a NUL, and keeps the last event of each kind', async () => {
    const backend = await open('pruned', { maxRuns: 3, maxAgeMs: 1_000 });
    await backend.enter({ nodeId: 'a', incarnationId: 'a', atMs: 0 }, 10_000);
    const runs = Array.from({ length: 10 }, (_, index) => ({
      record: recordOf(`r${index}`, index, { finishedAtMs: Date.now() + 60_000 }),
      log: [],
      isOwed: false,
    }));
    const life = [1, 2, 3].map((atMs) => ({ key: 'k', atMs, kind: 'paused' as const, note: `n\u0000${atMs}` }));
    await backend.write(batchOf(1, { runs, life }));
    while (await backend.prune());
    expect((await backend.history({})).map(({ runId }) => runId)).toEqual(['r9', 'r8', 'r7']);
    expect((await backend.facts('k', 0)).life).toEqual([life[2]]);
  });

  test('counts decisions, also when extending one has used up ids', async () => {
    const backend = await open('extended', { maxRuns: 2, maxAgeMs: 1_000_000 });
    await backend.enter({ nodeId: 'a', incarnationId: 'a', atMs: 0 }, 10_000);
    let number = 0;
    const write = (spanId: string, count: number): Promise<unknown> => {
      const about = { key: 'k', nodeId: 'a', outcome: 'overlap', fromMs: 0, untilMs: count, count } as const;
      number += 1;
      return backend.write(batchOf(number, { decisions: [{ spanId, decision: { ...about, atMs: Date.now() } }] }));
    };
    await write('first', 1);
    for (let count = 1; count <= 20; count += 1) await write('second', count);
    const spans = async () => server.psql('SELECT span FROM extended.decisions ORDER BY id');

    expect(await backend.prune()).toBe(false);
    expect(await spans()).toEqual([{ span: 'first' }, { span: 'second' }]);
    await write('third', 1);
    expect(await backend.prune()).toBe(false);
    expect(await spans()).toEqual([{ span: 'second' }, { span: 'third' }]);
  });
});
