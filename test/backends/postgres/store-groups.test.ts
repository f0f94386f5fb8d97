/** Which schedules the nodes have, in a store that they share. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openPostgresBackend, type PostgresBackend } from '../../../src/backends/postgres/postgres-backend.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { AnnouncedGroup, GroupRoster } from '../../../src/supervisor/ports/groups.ts';
import { needsPostgres } from '../../support/servers/needs.ts';
import { PostgresServer, postgresBinaries } from '../../support/servers/postgres-server.ts';
import { describeWith } from '../../support/servers/requirement.ts';

let server: PostgresServer;
let schemaCount = 0;

beforeAll(async () => {
  if (postgresBinaries() !== null) server = await PostgresServer.start();
}, 60_000);
afterAll(() => server?.stop());

async function opened(schema = `groups_${++schemaCount}`): Promise<PostgresBackend> {
  const options = { connectionString: server.connectionString, schema, maxConnections: 4 };
  const backend = await openPostgresBackend(
    { ...options, retention: { maxRuns: 10, maxAgeMs: 1e12 } },
    new SystemClock(),
  );
  onTestFinished(() => backend.close());
  return backend;
}

function announce(
  backend: PostgresBackend,
  nodeId: string,
  group: AnnouncedGroup,
  ttlMs = 60_000,
): Promise<GroupRoster> {
  return backend.announceGroup({ nodeId, ttlMs, group });
}

describeWith(needsPostgres())('a Postgres store', () => {
  test('keeps the group of each node, and its keys for as long as a node names it', async () => {
    const backend = await opened();
    const keys = ['p/s', 'p/"2"', 'p/\u0000'];
    expect(await announce(backend, 'a', { id: 'g1' })).toEqual({ groups: { a: 'g1' }, isGroupKnown: false });
    expect(await backend.readGroup('g1')).toBeNull();
    expect(await announce(backend, 'a', { id: 'g1', keys })).toEqual({ groups: { a: 'g1' }, isGroupKnown: true });
    expect(await announce(backend, 'b', { id: 'g1' })).toEqual({ groups: { a: 'g1', b: 'g1' }, isGroupKnown: true });
    await announce(backend, 'a', { id: 'g2', keys: [] });
    expect([await backend.readGroup('g1'), await backend.readGroup('g2')]).toEqual([keys, []]);
    await announce(backend, 'b', { id: 'g2' });
    expect(await backend.readGroup('g1')).toBeNull();
  });

  test('forgets the group of a node that does not announce it again, and its keys', async () => {
    const backend = await opened();
    await announce(backend, 'gone', { id: 'g1', keys: ['p/s'] }, 1);
    await expect.poll(async () => (await announce(backend, 'a', { id: 'g2' })).groups).toEqual({ a: 'g2' });
    expect(await backend.readGroup('g1')).toBeNull();
  });

  test('takes the announcements of many nodes at once, also when all of them were forgotten', async () => {
    const backend = await opened();
    const nodes = Array.from({ length: 12 }, (_, index) => `n${index}`);
    for (let round = 0; round < 8; round += 1) {
      const id = randomUUID();
      await Promise.all(nodes.map((node) => announce(backend, node, { id, keys: [node] }, 0)));
    }
    const last = { id: 'last', keys: ['p/s'] };
    await Promise.all(nodes.map((node) => announce(backend, node, last)));
    const { groups } = await announce(backend, 'n0', last);
    expect(groups).toEqual(Object.fromEntries(nodes.map((node) => [node, 'last'])));
    expect(await backend.readGroup('last')).toEqual(['p/s']);
  });
});
