import { dirname } from 'node:path';
import { reasonOf } from '../../wire/error-record.ts';
import { accessDenied } from '../../wire/failures/access-denied.ts';
import { isFolder } from '../../wire/failures/nearby-file.ts';

/** Why the system refuses to read or write a file, as part of a sentence: `permission denied (EACCES)`. */
export function systemReason(error: unknown): string {
  if (isSystemError(error)) {
    if (error.code === 'EEXIST') return 'a file has appeared there, or it is a link to one that is not there';
    // In /proc, for example. Nobody understands that a folder which is to be made is not there.
    if (error.code === 'ENOENT' && error.syscall === 'mkdir' && isFolder(dirname(error.path ?? '')))
      return `the system lets nobody make a folder in ${dirname(error.path ?? '')} (ENOENT)`;
  }
  const reason = accessDenied(error) ?? reasonOf(error);
  const [, code, words] = /^([A-Z]+): ([^,]+)/.exec(reason) ?? [];
  return words === undefined ? reason : `${words} (${code})`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
