import { errorRecord, reasonOf } from '../../wire/error-record.ts';

/** What the codes of the system mean where a folder is to be watched. Their own words speak of open files and of space. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'the system lets this user watch no more folders (ENOSPC; on Linux, raise fs.inotify.max_user_watches)',
  EMFILE:
    'no more files may be open, or watches begun (EMFILE; raise ulimit -n or, on Linux, fs.inotify.max_user_instances)',
  ENFILE: 'the system has no more files to open (ENFILE)',
  ENOMEM: 'the system has no memory left for it (ENOMEM)',
};

/** Why a folder cannot be watched, as part of a sentence. */
export function watchReason(error: unknown): string {
  const { code = '' } = errorRecord(error);
  return (Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined) ?? reasonOf(error);
}

/** Whether what failed may work later: the system has run out of something. Otherwise the folder is gone or forbidden. */
export function isShortage(error: unknown): boolean {
  return Object.hasOwn(MEANINGS, errorRecord(error).code ?? '');
}
