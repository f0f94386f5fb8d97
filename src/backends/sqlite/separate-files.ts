import { identityOf, realPathOf } from './local-file.ts';

/** What a SQLite file has beside it, the lock on a store among it. */
const COMPANIONS = ['', '-wal', '-shm', '-journal', '-owner', '-owner-journal'];

/**
 * Makes sure that the store and the locks of one scheduler are two files, whatever names they go by. The files need not
 * exist yet. Call it on a thread that may wait: a disk may be away.
 * @throws {Error} They are one file, or one of them lies beside the other with a name that is reserved for it.
 */
export function mustBeSeparate(storePath: string, lockPath: string): void {
  const [store, locks] = [realPathOf(storePath), realPathOf(lockPath)];
  const isOneFile = identityOf(store) !== null && identityOf(store) === identityOf(locks);
  const isBeside = COMPANIONS.some((suffix) => store + suffix === locks || locks + suffix === store);
  if (!isOneFile && !isBeside) return;
  const other = lockPath === storePath ? '' : ` (${lockPath})`;
  throw new Error(`${storePath} is the path of the store and of the locks${other}: each needs a file of its own`);
}
