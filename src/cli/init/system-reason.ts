import { reasonOf } from '../../wire/error-record.ts';

/** Why the system refuses to read or write a file, as part of a sentence: `permission denied (EACCES)`. */
export function systemReason(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
    return 'a file has appeared there, or it is a link to one that is not there';
  const reason = reasonOf(error);
  const [, code, words] = /^([A-Z]+): ([^,]+)/.exec(reason) ?? [];
  return words === undefined ? reason : `${words} (${code})`;
}
