import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The places where the server and its plugins keep files. */
export interface WorkingFolder {
  readonly root: string;
  readonly logs: string;
  readonly cache: string;
  readonly reports: string;
  /** The scheduler's state and history: the only thing that is kept from one start to the next. */
  readonly state: string;
  /** The scheduler's log. */
  readonly schedulerLog: string;
}

/** Creates the folder and its parts anew, except for the scheduler's state. */
export function prepareWorkingFolder(path: string): WorkingFolder {
  const root = resolve(path);
  const folder = {
    root,
    logs: join(root, 'logs'),
    cache: join(root, 'cache'),
    reports: join(root, 'reports'),
    state: join(root, 'escapement.db'),
    schedulerLog: join(root, 'scheduler.log'),
  };
  for (const part of [folder.logs, folder.cache, folder.reports, folder.schedulerLog]) {
    rmSync(part, { recursive: true, force: true });
  }
  for (const part of [folder.logs, folder.cache, folder.reports]) mkdirSync(part, { recursive: true });
  return folder;
}
