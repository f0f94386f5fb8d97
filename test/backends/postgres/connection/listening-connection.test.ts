import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ListeningConnection } from '../../../../src/backends/postgres/connection/listening-connection.ts';
import { PostgresConnection, type Query } from '../../../../src/backends/postgres/connection/postgres-connection.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { needsPooler, needsPostgres } from '../../../support/servers/needs.ts';
import { Pooler, poolerBinary } from '../../../support/servers/pooler.ts';
import { PostgresServer, postgresBinaries } from '../../../support/servers/postgres-server.ts';
import { describeWith } from '../../../support/servers/requirement.ts';
import { until } from '../../../support/servers/until.ts';

let server: PostgresServer;
let pooler: Pooler;

beforeAll(async () => {
  if (postgresBinaries() === null) return;
  server = await PostgresServer.start();
  if (poolerBinary() !== null) pooler = await Pooler.start(server);
}, 60_000);

afterAll(async () => {
  await pooler?.stop();
  await server?.stop();
});

/** A connection that listens, the trials that it sent, and what it reports. */
async function listening({ connectionString }: { readonly connectionString: string }, clock = new VirtualClock()) {
  const pool = await PostgresConnection.open({ connectionString, maxConnections: 1 }, new SystemClock());
  const trials: unknown[] = [];
  const state = { isMute: false };
  const query: Query = async (text, values) => {
    const rows = state.isMute ? [] : await pool.query(text, values);
    trials.push(values?.[1]);
    return rows as never;
  };
  const heard: string[] = [];
  const hearing: boolean[] = [];
  const connection = new ListeningConnection({ place: { connectionString }, channel: 'some news', query }, clock, {
    heard: (text) => heard.push(text),
    hearing: (isHearing) => hearing.push(isHearing),
  });
  connection.start();
  onTestFinished(async () => {
    await connection.close();
    await pool.close();
  });
  return { clock, connection, heard, hearing, trials, state };
}

const say = (text: string) => server.psql('SELECT pg_notify($1, $2)', ['some news', text]);
const listeners = () => server.psql(`SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN "some news"'`);

describeWith(needsPostgres())('ListeningConnection', () => {
  test('hears what is said once a trial has come back, and does not pass on trials', async () => {
    const { heard, hearing } = await listening(server);
    await until(() => hearing.length > 0);
    await say('trial of somebody else');
    await say('something');
    await until(() => heard.length > 0);
    expect([heard, hearing]).toEqual([['something'], [true]]);
  });

  test('is made again when its session is ended, and when the server restarts', async () => {
    const { clock, heard, hearing } = await listening(server);
    await until(() => hearing.length === 1);
    for (const [count, end] of [() => server.terminateSessions(), () => server.restart('immediate')].entries()) {
      await end();
      await until(() => hearing.length === 2 + 2 * count);
      await until(async () => {
        await clock.advance(1_000);
        return hearing.length === 3 + 2 * count;
      });
    }
    expect(hearing).toEqual([true, false, true, false, true]);
    await say('again');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['again']);
  });

  test('is made again when it is in doubt and a trial does not come back, and not when one does', async () => {
    const { clock, connection, heard, hearing, trials, state } = await listening(server);
    await until(() => hearing.length === 1);
    const before = await listeners();
    connection.doubt();
    connection.doubt();
    await until(() => trials.length === 2);
    await say('after the trial');
    await until(() => heard.length > 0);
    await clock.advance(2_900);
    expect(hearing).toEqual([true]);
    await clock.advance(3_000);
    expect(hearing).toEqual([true]);
    state.isMute = true;
    connection.doubt();
    await clock.advance(3_000);
    expect(hearing).toEqual([true, false]);
    state.isMute = false;
    await clock.advance(1_000);
    await until(() => hearing.length === 3);
    await until(async () => (await listeners()).length === before.length);
    expect(await listeners()).not.toEqual(before);
  });

  test('leaves no session and no timer when it is closed, even while it connects or waits for a trial', async () => {
    for (const when of ['at once', 'in a trial', 'hearing'] as const) {
      const { clock, connection, hearing, trials, state } = await listening(server);
      state.isMute = when === 'in a trial';
      if (when === 'in a trial') await until(() => trials.length > 0);
      if (when === 'hearing') await until(() => hearing.length > 0);
      await connection.close();
      await connection.close();
      await until(async () => (await listeners()).length === 0);
      const count = trials.length;
      await clock.advance(60_000);
      expect(trials.length).toBe(count);
    }
  });
});

describeWith(needsPooler())('ListeningConnection behind a pooler in transaction mode', () => {
  test('does not count as hearing, and is tried again after pauses that grow', async () => {
    const { clock, hearing, trials } = await listening(pooler);
    const startedAtMs = clock.monotonicMs();
    const sentAtMs: number[] = [];
    for (let count = 1; count <= 7; count += 1) {
      await until(async () => {
        if (trials.length >= count) return true;
        await clock.advance(100);
        return false;
      });
      sentAtMs.push(clock.monotonicMs() - startedAtMs);
      await clock.advance(3_000);
    }
    expect(hearing).toEqual([]);
    expect((sentAtMs.at(-1) ?? 0) - (sentAtMs.at(-2) ?? 0)).toBeGreaterThan(3_600);
  });
});
