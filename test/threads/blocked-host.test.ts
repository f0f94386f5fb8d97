import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { RunRecord, ScheduleStatus } from '../../src/index.ts';
import { fixture, temporaryFolder } from '../support/scheduler-harness.ts';

const BLOCK_MS = 10_000;
const KEYS = ['a', 'b', 'c', 'd'].map((id) => `beats/${id}`);

interface HostReport {
  readonly blockedFromMs: number;
  readonly blockedUntilMs: number;
  readonly heard: number;
  readonly runs: readonly RunRecord[];
  readonly statuses: readonly ScheduleStatus[];
}

async function runBlockedHost(): Promise<HostReport & { readonly log: readonly string[] }> {
  const logFile = join(temporaryFolder(), 'log');
  const program = fileURLToPath(fixture('programs/blocked-host.ts'));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, String(BLOCK_MS), fixture('plugins/beats.ts'), logFile],
    {
      maxBuffer: 64 * 1_024 * 1_024,
    },
  );
  const log = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
  return { ...(JSON.parse(stdout) as HostReport), log };
}

describe('a host whose main thread is blocked for ten seconds from the start', () => {
  test('starts, logs, finishes and records every schedule meanwhile', { timeout: 60_000 }, async () => {
    const { blockedFromMs, blockedUntilMs, heard, runs, statuses, log } = await runBlockedHost();
    expect(heard).toBe(0);
    const lines = log.map((line) => JSON.parse(line) as { runId?: string; msg: string; atMs?: number });
    for (const key of KEYS) {
      const during = runs.filter((run) => run.key === key && run.finishedAtMs < blockedUntilMs);
      const due = Math.floor(blockedUntilMs / 500) - Math.floor(blockedFromMs / 500);
      const { overlap = 0 } = statuses.find((status) => status.key === key)?.outcomes ?? {};
      // The last run may have been under way when the block ended. On a busy machine one may last until the next is due.
      expect(during.length + overlap).toBeGreaterThanOrEqual(due - 1);
      expect(during.length).toBeGreaterThan(due / 2);
      expect(new Set(during.map(({ outcome }) => outcome))).toEqual(new Set(['succeeded']));
      for (const { runId, scheduledAtMs, startedAtMs } of during) {
        const said = lines.find((line) => line.runId === runId && line.msg === `beat ${scheduledAtMs}`);
        expect(said?.atMs, `the line of ${runId}`).toBeLessThan(blockedUntilMs);
        expect(startedAtMs).toBeGreaterThanOrEqual(scheduledAtMs);
        expect(lines.some((line) => line.runId === runId && line.msg === 'run settled')).toBe(true);
      }
    }
    for (const { dueCount, outcomes } of statuses) {
      expect(dueCount - Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
    }
  });
});
