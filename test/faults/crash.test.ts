import { describe, expect, test } from 'vitest';
import { audit } from '../campaigns/crash/audit.ts';
import { runCampaign, runSuspension } from '../campaigns/crash/campaign.ts';
import { catchUpOptions } from '../campaigns/crash/catch-up-options.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

const ROUNDS = 12;

describe('a process that is killed again and again', () => {
  test('loses no occurrence, breaks no policy and damages no database', { timeout: 120_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const campaign = await runCampaign({ folder: temporaryFolder(), rounds: ROUNDS, seed });
    const { problems, reached } = audit(campaign);
    expect([...campaign.problems, ...problems], `seed ${seed}`).toEqual([]);
    // A campaign that never got there has shown nothing.
    for (const what of ['succeeded', 'lost', 'recovery', 'catch-up', 'missed-skipped', 'overlap'] as const) {
      expect(reached[what] ?? 0, what).toBeGreaterThan(0);
    }
  });
});

describe('a process with slow plugins under run-all that is killed again and again', () => {
  test('starts every occurrence', { timeout: 120_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const campaign = await runCampaign({ ...catchUpOptions, folder: temporaryFolder(), rounds: 4, seed });
    const { problems, reached } = audit(campaign);
    expect([...campaign.problems, ...problems], `seed ${seed}`).toEqual([]);
    for (const what of ['succeeded', 'catch-up'] as const) expect(reached[what] ?? 0, what).toBeGreaterThan(0);
  });
});

describe('a process that is stopped and continued', () => {
  test('treats what it missed as each policy says, and starts nothing twice', { timeout: 60_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const campaign = await runSuspension({ folder: temporaryFolder(), rounds: 2, stoppedMs: 2_500, seed });
    const { problems, reached } = audit(campaign);
    expect([...campaign.problems, ...problems], `seed ${seed}`).toEqual([]);
    for (const what of ['succeeded', 'catch-up', 'missed-skipped'] as const) {
      expect(reached[what] ?? 0, what).toBeGreaterThan(0);
    }
    expect(reached.lost ?? 0).toBe(0);
  });
});
