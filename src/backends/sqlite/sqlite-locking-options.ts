import * as v from 'valibot';
import { BackendError } from '../../errors.ts';
import type { LockFileOptions } from './lock-thread/protocol.ts';

const schema = v.strictObject({
  path: v.pipe(v.string('accepted is a path'), v.minLength(1, 'accepted is a path')),
});

/** Checks what `sqliteLocking()` was given. Throws a `BackendError` that names the wrong option. */
export function sqliteLockingOptions(options: Readonly<Record<string, unknown>>): LockFileOptions {
  const result = v.safeParse(schema, options);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BackendError('sqlite', `option ${v.getDotPath(issue) ?? '?'}: ${issue.message}`);
}
