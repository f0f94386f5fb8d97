import { expect, test } from 'vitest';
import { StartJournal } from '../../../examples/side-by-side/measuring/start-journal.ts';
import { isDueAt, JOBS } from '../../../examples/side-by-side/server/jobs.ts';
import { nextOccurrences } from '../../../src/index.ts';

const FROM_MS = Date.UTC(2026, 10, 24);
const [report, thumbnails] = JOBS as unknown as readonly [(typeof JOBS)[number], (typeof JOBS)[number]];

test.each(JOBS)('knows when $id is due', (job) => {
  const untilMs = FROM_MS + 120_000;
  const due: number[] = [];
  for (let atMs = FROM_MS; atMs < untilMs; atMs += 1_000) if (isDueAt(job, atMs)) due.push(atMs);
  expect(due).toEqual(nextOccurrences(job.cron, { from: FROM_MS - 1, count: due.length }));
  expect(nextOccurrences(job.cron, { from: due.at(-1) ?? 0, count: 1 })[0]).toBeGreaterThanOrEqual(untilMs);
});

test('what never started is infinitely late', () => {
  const journal = new StartJournal();
  journal.add({ job: 'report', dueAtMs: FROM_MS, startedAtMs: FROM_MS + 4, isCatchup: false });
  journal.add({ job: 'thumbnails', dueAtMs: FROM_MS, startedAtMs: FROM_MS - 0.1, isCatchup: false });
  expect(journal.figures(FROM_MS, FROM_MS + 2_000)).toEqual({
    due: 3,
    started: 2,
    p50Ms: 4,
    p99Ms: Number.POSITIVE_INFINITY,
    worstMs: Number.POSITIVE_INFINITY,
    worstStartedMs: 4,
  });
  expect(journal.figures(FROM_MS, FROM_MS + 2_000, (atMs) => atMs > FROM_MS)).toMatchObject({ due: 1, started: 0 });
});

test('a catch-up stands for all that it makes up for, each with its own lateness', () => {
  const journal = new StartJournal();
  const startedAtMs = FROM_MS + 4_500;
  journal.add({ job: 'thumbnails', dueAtMs: FROM_MS + 4_000, firstMissedAtMs: FROM_MS, startedAtMs, isCatchup: false });
  journal.add({ job: 'report', dueAtMs: FROM_MS, startedAtMs, isCatchup: true });
  expect(journal.fateOf(thumbnails, FROM_MS)).toEqual({ lateMs: 4_500, isCaughtUp: true });
  expect(journal.fateOf(thumbnails, FROM_MS + 1_000)).toBeNull();
  expect(journal.fateOf(thumbnails, FROM_MS + 4_000)).toEqual({ lateMs: 500, isCaughtUp: false });
  expect(journal.fateOf(report, FROM_MS)).toEqual({ lateMs: 4_500, isCaughtUp: true });
});

test('the first start of an occurrence counts', () => {
  const journal = new StartJournal();
  journal.add({ job: 'report', dueAtMs: FROM_MS, startedAtMs: FROM_MS + 2, isCatchup: false });
  journal.add({ job: 'report', dueAtMs: FROM_MS, startedAtMs: FROM_MS + 900, isCatchup: true });
  expect(journal.fateOf(report, FROM_MS)).toEqual({ lateMs: 2, isCaughtUp: false });
});
