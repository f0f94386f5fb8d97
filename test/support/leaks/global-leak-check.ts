/** Runs in every test file, around all its tests and hooks: the file fails if it leaves something open. */
import { afterAll } from 'vitest';
import { watchForLeaks } from './leak-check.ts';

// The first look at a stream opens its handle: do it before the count, or the first test that logs is blamed.
process.stdout.writable;
process.stderr.writable;

const watch = watchForLeaks();

afterAll(async () => {
  const leaks = await watch.leaks();
  watch.close();
  if (leaks.length > 0) throw new Error(`This test file leaves open:\n  ${leaks.join('\n  ')}`);
});
