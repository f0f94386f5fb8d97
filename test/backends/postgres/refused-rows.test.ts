/** Rows that somebody else has changed: each is kept aside with its key and a warning, and everything else goes on. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openPostgresStore } from '../../../src/backends/postgres/postgres-store.ts';
import type { ScheduleState } from '../../../src/machines/schedule-state.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { StateStore, StoredState } from '../../../src/supervisor/ports/store.ts';
import { claimed, decided, KEY, overlapAt, recordOf, registered, settled } from '../../support/ledger-entries.ts';
import { needsPostgres } from '../../support/servers/needs.ts';
import { PostgresServer, postgresBinaries } from '../../support/servers/postgres-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const OTHER = 'reports/hourly';
const START_MS = Date.UTC(2026, 0, 1);
const at = (seconds: number): number => START_MS + seconds * 1_000;

let server: PostgresServer;
let schemaCount = 0;

beforeAll(async () => {
  if (postgresBinaries() !== null) server = await PostgresServer.start();
}, 60_000);
afterAll(() => server?.stop());

interface Node {
  readonly store: StateStore;
  readonly stored: StoredState;
  readonly warnings: { readonly code: string; readonly key?: string; readonly message: string }[];
  readonly changed: ScheduleState[];
  /** Resolves when the store asks for all schedules. */
  readonly lacksState: Promise<void>;
}

async function nodeOn(schema: string, nodeId: string): Promise<Node> {
  const { connectionString } = server;
  const store = await openPostgresStore({ connectionString, schema, retention: { maxAgeMs: 1e12 } }, new SystemClock());
  onTestFinished(() => store.close(at(100)));
  const [warnings, changed]: [Node['warnings'], ScheduleState[]] = [[], []];
  const lack = Promise.withResolvers<void>();
  const stored = await store.open(
    { nodeId, incarnationId: nodeId, atMs: at(0) },
    {
      warned: (warning) => warnings.push(warning),
      lacksState: lack.resolve,
      changed: (states) => changed.push(...states),
      conflicted: () => {},
      historyChanged: () => {},
      trusted: () => {},
      roster: () => {},
      clock: () => {},
      orphaned: () => {},
    },
  );
  return { store, stored, warnings, changed, lacksState: lack.promise };
}

/** A schema with two schedules; the first one has rows of every kind. */
async function filledSchema(): Promise<string> {
  schemaCount += 1;
  const schema = `refused_${schemaCount}`;
  const { store } = await nodeOn(schema, 'writer');
  await store.write(registered(at(0)));
  await store.write(registered(at(0), { key: OTHER }));
  for (const [runId, second] of [
    ['first', 1],
    ['second', 2],
    ['open', 4],
  ] as const) {
    await store.write(claimed(recordOf(runId, at(second))));
    if (runId !== 'open') await store.write(settled(recordOf(runId, at(second))));
  }
  await store.write(decided(overlapAt(at(3))));
  return schema;
}

async function kept(schema: string): Promise<unknown[]> {
  const rows = await server.psql(`SELECT source, key, reason FROM ${schema}.refused ORDER BY id`);
  return rows.map((row) => ({ ...(row as object) }));
}

describeWith(needsPostgres())('a row of a Postgres store', () => {
  test.each([
    ["''", /is empty/],
    ["'null'", /must be an object, not null/],
    ['\'{"cursorMs":"x"}\'', /must be/],
    ['replace(state, \'"cursorMs":\', \'"cursorMs":1e300,"was":\')', /cursorMs must be an instant/],
    ["replace(state, 'reports', 'other')", /is about/],
  ])('of a schedule that is %s is kept aside, and the schedule begins anew for every node', async (value, problem) => {
    const schema = await filledSchema();
    await server.psql(`UPDATE ${schema}.schedules SET state = ${value} WHERE key = '${KEY}'`);
    const [first, second] = [await nodeOn(schema, 'a'), await nodeOn(schema, 'b')];
    for (const node of [first, second]) {
      expect(node.stored.schedules.map(({ key }) => key)).toEqual([OTHER]);
      await node.lacksState;
      expect(node.warnings).toMatchObject([{ code: 'store-row-refused', key: KEY }]);
      expect(node.warnings[0]?.message).toMatch(problem);
    }
    await Promise.all([first, second].map(({ store }) => store.write(registered(at(9)))));
    const { stored, warnings } = await nodeOn(schema, 'c');
    expect(stored.schedules.find(({ key }) => key === KEY)).toMatchObject({ cursorMs: at(9), dueCount: 0 });
    expect(warnings).toEqual([]);
    expect(await kept(schema)).toEqual([{ source: 'schedules', key: KEY, reason: expect.stringMatching(problem) }]);
  });

  test('of a schedule that is changed under a node is asked for again when the node comes to see it', async () => {
    const schema = await filledSchema();
    const node = await nodeOn(schema, 'a');
    await server.psql(
      `UPDATE ${schema}.schedules SET state = '', revision = nextval('${schema}.store_revisions') WHERE key = '${KEY}'`,
    );
    await node.lacksState;
    await node.store.write(registered(at(9)));
    expect((await nodeOn(schema, 'b')).stored.schedules.map(({ key }) => key).sort()).toEqual([OTHER, KEY]);
  });

  test.each([
    ['claims', "UPDATE $.claims SET claim = '{}'"],
    ['runs', "UPDATE $.runs SET record = '' WHERE run_id = 'first'"],
    ['runs', "UPDATE $.runs SET log = '[7]' WHERE run_id = 'first'"],
    ['decisions', 'UPDATE $.decisions SET decision = replace(decision, \'"count":1\', \'"count":0.5\')'],
    ['life', `UPDATE $.life SET event = 'null' WHERE key = '${KEY}'`],
    ['sessions', "UPDATE $.sessions SET started_at = 'NaN' WHERE node = 'writer'"],
  ])('of %s that is wrong is kept aside: %s', async (source, sql) => {
    const schema = await filledSchema();
    await server.psql(sql.replaceAll('$', schema));
    const { store, stored, warnings } = await nodeOn(schema, 'a');
    expect(stored.schedules.length).toBe(2);
    const runs = await store.history({ limit: 2, withLog: true });
    const facts = await store.facts(KEY, at(3));
    expect(runs.map(({ runId }) => runId)).toEqual(source === 'runs' ? ['second'] : ['second', 'first']);
    expect(await store.openClaims()).toHaveLength(source === 'claims' ? 0 : 1);
    expect(facts.decision === undefined).toBe(source === 'decisions');
    expect(facts.life).toHaveLength(source === 'life' ? 0 : 1);
    expect(facts.sessions).toHaveLength(source === 'sessions' ? 1 : 2);
    expect(warnings).toMatchObject([{ code: 'store-row-refused' }]);
    expect(await kept(schema)).toMatchObject([{ source }]);
  });
});
