import { createReadStream, watch } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { LogLine } from '../../src/index.ts';

const LEVELS: Readonly<Record<number, LogLine['level']>> = { 30: 'info', 40: 'warn', 50: 'error' };

/** What runs log, read from the scheduler's log as it is written. */
export function tailRuns(path: string, told: (event: { runId: string; key: string; line: LogLine }) => void): void {
  let [read, rest] = [0, ''];
  let reading: Promise<void> = Promise.resolve();
  const take = async (): Promise<void> => {
    for await (const part of createReadStream(path, { start: read }) as AsyncIterable<Buffer>) {
      read += part.length;
      const lines = (rest + String(part)).split('\n');
      rest = lines.pop() ?? '';
      for (const { runId, key, level, msg, fields, atMs } of lines.map((line) => JSON.parse(line))) {
        if (runId === undefined || atMs === undefined) continue;
        const line: LogLine = { atMs, level: LEVELS[level] ?? 'debug', message: msg, ...(fields && { fields }) };
        told({ runId, key, line });
      }
    }
  };
  const watcher = watch(path, () => {
    reading = reading.then(take);
  });
  onTestFinished(async () => {
    watcher.close();
    await reading;
  });
}
