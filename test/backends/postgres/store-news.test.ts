/** What one node writes, and another hears, through a real server. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPostgresBackend, type PostgresBackend } from '../../../src/backends/postgres/postgres-backend.ts';
import { newsIn } from '../../../src/backends/postgres/store-news.ts';
import type { FoldedBatch, StoreNews } from '../../../src/backends/shared-store/shared-backend.ts';
import { fold } from '../../../src/machines/schedule-state.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import { registered } from '../../support/ledger-entries.ts';
import { needsPooler, needsPostgres } from '../../support/servers/needs.ts';
import { Pooler } from '../../support/servers/pooler.ts';
import { PostgresServer, postgresBinaries } from '../../support/servers/postgres-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';
import { until } from '../../support/servers/until.ts';

const stateOf = (key: string) => fold(undefined, registered(100, { key }));
const STATE = stateOf('k');

let server: PostgresServer;
beforeAll(async () => {
  if (postgresBinaries() !== null) server = await PostgresServer.start();
}, 60_000);
afterAll(() => server?.stop());

/** A node that has entered, and hears if that is possible. */
async function node(schema: string, nodeId: string, { connectionString } = server as { connectionString: string }) {
  const options = { connectionString, schema, maxConnections: 1, retention: { maxRuns: 1e5, maxAgeMs: 1e12 } };
  const backend = await openPostgresBackend(options, new SystemClock());
  onTestFinished(() => backend.close());
  await backend.enter({ nodeId, incarnationId: nodeId, atMs: 0 }, 60_000);
  const heard: StoreNews[] = [];
  const hearing: boolean[] = [];
  backend.listen({ heard: (news) => heard.push(news), hearing: (isHearing) => hearing.push(isHearing) });
  await backend.look({ sinceRevision: 0 });
  return { backend, heard, hearing };
}

const views = (heard: readonly StoreNews[]) => heard.filter(({ view, changed }) => view ?? changed);

function change(key: string, revision: number, own: Partial<FoldedBatch> = {}, note = ''): FoldedBatch {
  const entry = { kind: 'paused', key, pause: { atMs: 1, note } } as const;
  const state = note === '' ? stateOf(key) : fold(stateOf(key), entry);
  const changes = [{ key, revision, ...(state && { state }), claimed: [], unclaimed: [] }];
  return { number: revision + 1, changes, checks: [], runs: [], decisions: [], life: [], ...own };
}

async function revisionOf(backend: PostgresBackend, batch: FoldedBatch): Promise<number> {
  const verdict = await backend.write(batch);
  if (verdict.kind !== 'written') throw new Error(verdict.kind);
  return verdict.revisions.get(batch.changes[0]?.key ?? '') ?? 0;
}

describeWith(needsPostgres())('the news of the Postgres store', () => {
  test('say how a schedule stands to the others, and nothing to the writer', async () => {
    const [a, b] = [await node('news', 'a'), await node('news', 'b')];
    await until(() => a.hearing.length + b.hearing.length === 2);
    const revision = await revisionOf(a.backend, change('k', 0));
    await until(() => views(b.heard).length === 1);
    const { historyId } = await b.backend.look({ sinceRevision: 0 });
    expect(views(b.heard)).toEqual([{ historyId, view: { key: 'k', revision, state: STATE, claims: [] } }]);
    expect(views(a.heard)).toEqual([]);
  });

  test('name a schedule that is too long to say, and keep texts with NUL and other alphabets whole', async () => {
    const [a, b] = [await node('long', 'a'), await node('long', 'b')];
    await until(() => b.hearing.length === 1);
    const revision = await revisionOf(a.backend, change('k', 0, {}, '\u0000é漢'.repeat(2_000)));
    await until(() => views(b.heard).length === 1);
    expect(views(b.heard)[0]).toMatchObject({ changed: { key: 'k', revision } });
    const note = '\u0000é漢"\\';
    await a.backend.write(change('k', revision, {}, note));
    await until(() => views(b.heard).length === 2);
    expect(views(b.heard)[1]?.view?.state).toMatchObject({ pause: { note } });
  });

  test('ask for a sign of life, which also a node hears whose name the asking process has', async () => {
    const a = await node('asked', 'a');
    await until(() => a.hearing.length === 1);
    await a.backend.askForSigns({ nodeId: 'a', incarnationId: 'another', atMs: 0 });
    await until(() => a.heard.length === 1);
    const { historyId } = await a.backend.look({ sinceRevision: 0 });
    expect(a.heard).toEqual([{ historyId }]);
  });

  test('say that a node has come, has other schedules, or has gone', async () => {
    const a = await node('roster', 'a');
    await until(() => a.hearing.length === 1);
    const b = await node('roster', 'b');
    await until(() => a.heard.length === 1);
    const sign = { nodeId: 'b', ttlMs: 60_000 };
    await b.backend.announceGroup({ ...sign, group: { id: 'one' } });
    await until(() => a.heard.length === 2);
    // It is the same as before, so nobody hears of it.
    const { roster } = await b.backend.look({ sinceRevision: 0, group: { id: 'one', ttlMs: 60_000 } });
    expect(roster).toEqual({ groups: { b: 'one' }, isGroupKnown: false });
    await b.backend.leave(1);
    await until(() => a.heard.length === 3);
    expect(a.heard.every(({ view, changed }) => view === undefined && changed === undefined)).toBe(true);
  });

  test('come again when the session that listens was ended, and when the schema was made anew', async () => {
    const [a, b] = [await node('lost', 'a'), await node('lost', 'b')];
    await until(() => b.hearing.length === 1);
    await server.psql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`);
    await until(() => b.hearing.length === 3);
    await a.backend.write(change('k', 0));
    await until(() => views(b.heard).length === 1);
    const channel = async () => server.psql('SELECT name FROM lost.store_channel');
    const before = await channel();
    await server.psql(`UPDATE lost.store_channel SET name = name || '_2'`);
    await b.backend.look({ sinceRevision: 0 });
    await until(() => b.hearing.length === 5);
    expect(await channel()).not.toEqual(before);
    await a.backend.write({ ...change('other', 0), number: 9 });
    await until(() => views(b.heard).length === 2);
    expect(b.hearing).toEqual([true, false, true, false, true]);
  });

  test('are not sent when there is nobody else', async () => {
    const a = await node('alone', 'a');
    const spy = await server.client();
    const [row] = await server.psql<{ name: string }>('SELECT name FROM alone.store_channel');
    const said: unknown[] = [];
    spy.on('notification', ({ payload }) => said.push(payload));
    await spy.query(`LISTEN "${row?.name}"`);
    await until(() => a.hearing.length === 1);
    await a.backend.write(change('k', 0));
    await server.psql('SELECT pg_notify($1, $2)', [row?.name, 'after it']);
    await until(() => said.includes('after it'));
    expect(said.filter((text) => !String(text).startsWith('trial '))).toEqual(['after it']);
    await spy.end();
  });

  test('carry a look with a write, in the same call', async () => {
    const [a, b] = [await node('ride', 'a'), await node('ride', 'b')];
    await a.backend.write(change('k', 0));
    const look = { sinceRevision: 0, seenAtMs: 77, group: { id: 'g', ttlMs: 60_000 } };
    const { sight } = await b.backend.write(change('other', 0, { look }));
    expect(sight).toMatchObject({ nodeIds: ['a', 'b'], roster: { groups: { b: 'g' } }, isReplaced: false });
    expect(sight?.views.map(({ key }) => key).toSorted()).toEqual(['k', 'other']);
    const { sessions } = await b.backend.facts('k', 0);
    expect(sessions.find(({ nodeId }) => nodeId === 'b')?.seenAtMs).toBe(77);
  });
});

describeWith(needsPooler())('the news of the Postgres store behind a pooler in transaction mode', () => {
  test('do not arrive, and everything else works', async () => {
    const pooler = await Pooler.start(server);
    onTestFinished(() => pooler.stop());
    const [a, b] = [await node('pooled', 'a', pooler), await node('pooled', 'b', pooler)];
    await until(
      async () => (await server.psql(`SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_notify%'`)).length > 0,
    );
    await a.backend.write(change('k', 0));
    expect((await b.backend.look({ sinceRevision: 0 })).views.length).toBe(1);
    expect([b.hearing, b.heard]).toEqual([[], []]);
  });
});

describe('what arrives on the channel', () => {
  const right = { by: 'b', history: 'h', key: 'k', revision: 1, state: JSON.stringify(STATE), claims: [] };

  test('is taken if it is right', () => {
    const view = { key: 'k', revision: 1, state: STATE, claims: [] };
    expect(newsIn(JSON.stringify(right), 'a')).toEqual({ historyId: 'h', view });
    expect(newsIn(JSON.stringify({ ...right, state: null }), 'a')?.view).toEqual({ key: 'k', revision: 1, claims: [] });
  });

  test.each([
    ['what this node has said', { ...right, by: 'a' }],
    ['a text that is not JSON', '{'],
    ['null', null],
    ['no speaker', { ...right, by: '' }],
    ['no history', { ...right, history: 7 }],
    ['a revision that is none', { ...right, revision: -1 }],
    ['claims that are no list', { ...right, claims: 'x' }],
    ['a claim that is none', { ...right, claims: ['{}'] }],
    ['a state that is no text', { ...right, state: {} }],
    ['a state of another schedule', { ...right, state: JSON.stringify({ ...STATE, key: 'x' }) }],
    ['a state that is none', { ...right, state: '{"key":"k"}' }],
  ])('is dropped if it is %s', (_what, message) => {
    expect(newsIn(typeof message === 'string' ? message : JSON.stringify(message), 'a')).toBeNull();
  });
});
