/**
 * The work that every system does, wherever it runs it. What it is to do stands in the environment, because that is
 * the only thing that reaches the threads and processes of every system.
 *
 * JavaScript, because some systems load it anew for each run, and stripping types would be in their figures.
 */
import { openSync, writeSync } from 'node:fs';

const fd = openSync(process.env['BENCH_FILE'], 'a');
const workMs = Number(process.env['BENCH_WORK_MS']);
const isCounted = process.env['BENCH_JOB'] === 'count';
const PERIOD_MS = 1_000;
/** By how much a timer may be early. */
const EARLY_MS = 20;

/**
 * Uses the CPU, and then appends to the file: one byte if runs are counted, or else a line about the run.
 *
 * @param schedule The name of the schedule.
 * @param scheduledAtMs The occurrence. A system that does not say it gets the last second that has passed, which
 *   favours it when it is more than a second late.
 */
export function job(schedule, scheduledAtMs) {
  const startedAtMs = performance.timeOrigin + performance.now();
  spin();
  if (isCounted) {
    writeSync(fd, '.');
    return;
  }
  const nominalMs = scheduledAtMs ?? Math.floor((startedAtMs + EARLY_MS) / PERIOD_MS) * PERIOD_MS;
  const finishedAtMs = performance.timeOrigin + performance.now();
  writeSync(fd, `${JSON.stringify({ schedule, scheduledAtMs: nominalMs, startedAtMs, finishedAtMs })}\n`);
}

function spin() {
  if (workMs === 0) return;
  const before = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(before);
    if ((user + system) / 1_000 >= workMs) return;
  }
}
