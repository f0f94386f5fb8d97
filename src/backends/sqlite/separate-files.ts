import { BackendError } from '../../errors.ts';
import { identityOf, realPathOf } from './local-file.ts';

/** What a SQLite file has beside it, the lock on a store among it. */
const COMPANIONS = ['', '-wal', '-shm', '-journal', '-owner', '-owner-journal'];

/**
 * Makes sure that the store and the locks of one scheduler are two files, whatever names they go by. The files need not
 * exist yet.
 * @throws BackendError
 */
export function mustBeSeparate(storePath: string, lockPath: string): void {
  const [store, locks] = [realPathOf(storePath), realPathOf(lockPath)];
  const isOneFile = identityOf(store) !== null && identityOf(store) === identityOf(locks);
  const isBeside = COMPANIONS.some((suffix) => store + suffix === locks || locks + suffix === store);
  if (!isOneFile && !isBeside) return;
  const other = lockPath === storePath ? '' : ` (${lockPath})`;
  throw new BackendError(
    'sqlite',
    `${storePath} is the path of the store and of the locks${other}: each needs a file of its own`,
  );
}
