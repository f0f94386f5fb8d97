/**
 * The database of a cluster forgets what it confirmed: a fail-over to a standby that lags behind, a restore, a schema that
 * is made anew. Real servers and whole schedulers.
 */
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { openPostgresStore } from '../../src/backends/postgres/postgres-store.ts';
import { createScheduler, postgresStore, type RunRecord, type Scheduler } from '../../src/index.ts';
import type { ScheduleState } from '../../src/machines/schedule-state.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import { fixture } from '../support/scheduler-harness.ts';
import { needsPostgres } from '../support/servers/needs.ts';
import { PostgresServer } from '../support/servers/postgres-server.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { TcpProxy } from '../support/servers/tcp-proxy.ts';

const DEADLOCK = '40P01';
const IDS = ['a', 'b', 'c', 'd', 'e'];

async function server(started: Promise<PostgresServer>): Promise<PostgresServer> {
  const running = await started;
  onTestFinished(() => running.stop());
  return running;
}

/** Two nodes on one database, reached through a proxy or by a list of hosts, and what they tell. */
class Nodes {
  readonly connectionString: string;
  readonly #proxy: TcpProxy | null;
  readonly runs: RunRecord[] = [];
  readonly warnings: string[] = [];
  readonly schedulers: Scheduler[] = [];

  static async start(primary: PostgresServer): Promise<Nodes> {
    const proxy = await TcpProxy.open(primary.port);
    onTestFinished(() => proxy.close());
    return Nodes.startAt(`postgres://postgres@127.0.0.1:${proxy.port}/postgres`, proxy);
  }

  static async startAt(connectionString: string, proxy: TcpProxy | null = null): Promise<Nodes> {
    const nodes = new Nodes(connectionString, proxy);
    for (const nodeId of ['left', 'right']) await nodes.#add(nodeId);
    return nodes;
  }

  private constructor(connectionString: string, proxy: TcpProxy | null) {
    this.connectionString = connectionString;
    this.#proxy = proxy;
  }

  get proxy(): TcpProxy {
    if (this.#proxy === null) throw new Error('these nodes know the servers themselves');
    return this.#proxy;
  }

  async #add(nodeId: string): Promise<void> {
    const scheduler = await createScheduler({
      logger: { level: 'silent' },
      pool: { maxThreads: 2 },
      plugins: [
        { module: fixture('plugins/beats.ts'), options: { ids: IDS, cron: '500ms', locking: 'require-global' } },
      ],
      cluster: true,
      nodeId: `${nodeId}-${randomUUID()}`,
      store: postgresStore({ connectionString: this.connectionString }),
    });
    scheduler.on('run', (run) => this.runs.push(run));
    scheduler.on('warning', ({ code }) => this.warnings.push(code));
    this.schedulers.push(scheduler);
    onTestFinished(() => scheduler.stop({ drainMs: 0 }).then(() => {}));
    await scheduler.start();
  }

  /** Resolves when each schedule has ended `count` more runs well. */
  async eachRuns(count: number): Promise<void> {
    const from = this.runs.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      const since = this.runs.slice(from).filter(({ outcome }) => outcome === 'succeeded');
      if (IDS.every((id) => since.filter(({ scheduleId }) => scheduleId === id).length >= count)) resolve();
    };
    for (const scheduler of this.schedulers) scheduler.on('run', look);
    await promise;
    for (const scheduler of this.schedulers) scheduler.off('run', look);
  }

  /** Occurrences that ran more than once: which runs, and when they began. */
  doubles(): string[] {
    const ran = Object.groupBy(
      this.runs.filter(({ outcome }) => outcome === 'succeeded'),
      ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`,
    );
    return Object.entries(ran).flatMap(([occurrence, runs = []]) =>
      runs.length === 1 ? [] : [`${occurrence}: ${runs.map(beginningOf).join(', ')}`],
    );
  }

  /** Stops the nodes. Resolves to the schedules whose occurrences due and outcomes do not add up in the database. */
  async unaccounted(server: PostgresServer): Promise<string[]> {
    await Promise.all(this.schedulers.map((scheduler) => scheduler.stop()));
    const rows = await server.psql<{ state: string }>('SELECT state FROM escapement.schedules');
    return rows
      .map(({ state }) => JSON.parse(state) as ScheduleState)
      .filter(({ dueCount, outcomes }) => dueCount !== Object.values(outcomes).reduce((sum, count) => sum + count, 0))
      .map(({ key, dueCount, outcomes }) => `${key}: ${dueCount} due, ${JSON.stringify(outcomes)}`);
  }

  get conflicts(): Promise<number> {
    return Promise.all(this.schedulers.map((scheduler) => scheduler.stats())).then((all) =>
      all.reduce((sum, { store }) => sum + store.conflicts, 0),
    );
  }
}

/** Tries again when the server finds that the nodes and the drop wait for each other, and chooses the drop to fail. */
async function dropSchema(server: PostgresServer): Promise<void> {
  for (;;) {
    try {
      await server.psql('DROP SCHEMA escapement CASCADE');
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK) throw error;
    }
  }
}

function beginningOf({ nodeId, trigger, startedAtMs }: RunRecord): string {
  return `${nodeId.slice(0, 5)} ${trigger} ${startedAtMs}`;
}

describeWith(needsPostgres())('a cluster whose Postgres', () => {
  test('fails over to the other host of its connection string goes on there', async () => {
    const primary = await server(PostgresServer.start());
    const standby = await server(PostgresServer.standbyOf(primary));
    const hosts = [standby, primary].map(({ port }) => `127.0.0.1:${port}`).join(',');
    const nodes = await Nodes.startAt(`postgres://postgres@${hosts}/postgres?target_session_attrs=read-write`);
    await nodes.eachRuns(2);
    await primary.halt('immediate');
    await standby.promote();
    await nodes.eachRuns(3);

    expect(nodes.doubles()).toEqual([]);
    expect(await nodes.unaccounted(standby)).toEqual([]);
  }, 60_000);

  test('fails over to a standby that lacks the last seconds goes on, and tells it', async () => {
    const primary = await server(PostgresServer.start());
    const standby = await server(PostgresServer.standbyOf(primary));
    const nodes = await Nodes.start(primary);
    await nodes.eachRuns(2);
    await standby.stopFollowing();
    await nodes.eachRuns(3);
    await primary.halt('immediate');
    await standby.promote();
    nodes.proxy.retarget(standby.port);
    await nodes.eachRuns(3);

    expect(nodes.warnings.filter((code) => code === 'store-history-changed').length).toBe(2);
    // Both nodes know what has run, though the standby does not.
    expect(nodes.doubles()).toEqual([]);
    expect(await nodes.conflicts).toBeLessThan(100);
    expect(await nodes.unaccounted(standby)).toEqual([]);
  }, 90_000);

  test('is restored from a base backup goes on, and tells it', async () => {
    const primary = await server(PostgresServer.start());
    const nodes = await Nodes.start(primary);
    await nodes.eachRuns(2);
    const restore = await primary.baseBackup();
    await nodes.eachRuns(3);
    await restore();
    await nodes.eachRuns(3);

    expect(nodes.warnings.filter((code) => code === 'store-history-changed').length).toBe(2);
    expect(nodes.doubles()).toEqual([]);
    expect(await nodes.unaccounted(primary)).toEqual([]);
  }, 90_000);

  test('loses the schema, which is made anew, goes on and tells it', async () => {
    const primary = await server(PostgresServer.start());
    const nodes = await Nodes.start(primary);
    await nodes.eachRuns(2);
    await dropSchema(primary);
    const { connectionString } = primary;
    const store = await openPostgresStore({ connectionString }, new SystemClock());
    await store.close(0);
    await nodes.eachRuns(3);

    expect(nodes.warnings.filter((code) => code === 'store-history-changed').length).toBe(2);
    expect(nodes.doubles()).toEqual([]);
    expect(await nodes.unaccounted(primary)).toEqual([]);
  }, 90_000);
});
