/** The work, in a process of node-cron. */
import { openSync } from 'node:fs';
import type { TaskContext } from 'node-cron';
import { work } from '../load.ts';

const fd = openSync(process.env['BENCH_FILE'] ?? '', 'a');
const workMs = Number(process.env['BENCH_WORK_MS']);

export function task(context: TaskContext): void {
  work(fd, { workMs }, { schedule: context.task?.name ?? '', scheduledAtMs: context.date.getTime() });
}
