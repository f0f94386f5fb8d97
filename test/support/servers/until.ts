import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 20;

/** Resolves when it is so. What it asks has no event for it; the limit is that of the test. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(LOOK_MS);
}
