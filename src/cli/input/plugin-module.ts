import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** `plugins/report.ts` would name a package if it were imported as it is typed, but people mean the file. */
export function moduleOf(typed: string): string {
  return existsSync(typed) ? resolve(typed) : typed;
}
