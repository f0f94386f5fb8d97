import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { MODULE_ENDINGS } from '../../wire/failures/nearby-file.ts';

const isWindows = process.platform === 'win32';
/** `C:\jobs\report.ts`, `.\report.ts`: elsewhere these would be the names of files. */
const WINDOWS_PATH = /^(?:[A-Za-z]:|\.{1,2}\\)/;

/**
 * `plugins/report.ts` would name a package if it were imported as it is typed, but people mean the file, also when it is
 * not there: then the message is about a file.
 */
export function moduleOf(typed: string): string {
  if (existsSync(typed)) return resolve(typed);
  if (!isWindows && WINDOWS_PATH.test(typed)) return typed;
  const [first = ''] = typed.split('/', 1);
  const isFileName = MODULE_ENDINGS.some((ending) => typed.endsWith(ending));
  return isFileName && (first === typed || existsSync(first)) ? resolve(typed) : typed;
}
