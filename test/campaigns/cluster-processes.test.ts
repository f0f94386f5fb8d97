/** Four real processes on each backend through a storm and a calm; `npm run soak:nodes` has longer ones. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needsPostgres, needsRedis } from '../support/servers/needs.ts';
import { describeWith } from '../support/servers/requirement.ts';
import { auditCampaign } from './nodes/audit.ts';
import { type BackendName, startBackends } from './nodes/backends.ts';
import { runCampaign } from './nodes/campaign.ts';

const SCHEDULES = 20;

async function survive(name: BackendName): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-test-'));
  const backends = await startBackends(name, folder);
  try {
    const campaign = await runCampaign({ folder, backends, schedules: SCHEDULES, storms: 1, calmMs: 6_000 });
    const isStoreShared = backends.audit !== undefined;
    const { problems, starts } = auditCampaign(campaign, { schedules: SCHEDULES, isTimed: false, isStoreShared });
    expect([...problems, ...((await backends.audit?.()) ?? [])]).toEqual([]);
    expect(starts).toBeGreaterThan(20 * SCHEDULES);
  } finally {
    await backends.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

describeWith(needsRedis())('four processes on Redis', () => {
  test.concurrent('run every occurrence once, and lose none when all is well again', () => survive('redis'), 150_000);
});

describeWith(needsPostgres())('four processes on Postgres', () => {
  test.concurrent('run every occurrence once with its locks', () => survive('postgres'), 150_000);
  test.concurrent('run every occurrence once on a store that they share', () => survive('postgres-store'), 150_000);
});

describe('four processes on a SQLite file', () => {
  test.concurrent('run every occurrence once, and lose none when all is well again', () => survive('sqlite'), 150_000);
});
