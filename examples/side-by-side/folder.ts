import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The scheduler's state and history. */
export const STATE_FILE = 'escapement.db';
const WRITTEN = [
  ...['', '-wal', '-shm', '-owner', '.console'].map((end) => STATE_FILE + end),
  ...['escapement.log', 'Escapement.log', 'node-cron.log'],
];

/** Creates the folder, or removes from it what an earlier demonstration has left, and nothing else. */
export function preparedFolder(path: string): string {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true });
  for (const name of WRITTEN) rmSync(join(folder, name), { force: true });
  return folder;
}
