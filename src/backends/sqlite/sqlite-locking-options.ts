import * as v from 'valibot';
import { checkedOptions } from '../options/backend-options.ts';
import type { LockFileOptions } from './lock-thread/protocol.ts';

const PATH_RULE = 'the path of a file';

const schema = v.strictObject({
  path: v.pipe(v.string(PATH_RULE), v.minLength(1, PATH_RULE)),
});

/** Checks the options of `sqliteLocking()`. @throws BackendError */
export function sqliteLockingOptions(options: Readonly<Record<string, unknown>>): LockFileOptions {
  return checkedOptions('sqlite', schema, options);
}
