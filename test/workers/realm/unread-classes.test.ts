import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

/** A process of its own: in this one they are loaded long since. */
const program = fileURLToPath(new URL('../../fixtures/programs/unread-classes.ts', import.meta.url));

interface Found {
  /** Whether the library of `fetch` was loaded before the run, and after it. */
  readonly before: boolean;
  readonly loadedAfter: boolean;
  /** What was found changed after the run, and after a second one that replaces `Headers`. */
  readonly first: string | null;
  readonly second: string | null;
}

async function foundAfter(run: string, flags: readonly string[] = []): Promise<Found> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, run]);
  return JSON.parse(stdout) as Found;
}

describe('the classes of fetch and of crypto', { timeout: 20_000 }, () => {
  test('are guarded without being loaded', async () => {
    expect(await foundAfter('nothing')).toEqual({
      before: false,
      first: null,
      loadedAfter: false,
      second: 'globalThis.Headers',
    });
  });

  test.each(['reads', 'uses'])('may be used: a run that %s one has changed nothing', async (run) => {
    expect(await foundAfter(run)).toMatchObject({ first: null, loadedAfter: true, second: 'globalThis.Headers' });
  });

  test('may be used, of crypto, too', async () => {
    expect(await foundAfter('reads, of crypto,')).toMatchObject({ first: null, loadedAfter: false });
  });

  test.each([
    ['replaces', 'globalThis.Headers'],
    ['replaces what it has read', 'globalThis.Headers'],
    ['replaces, of crypto,', 'globalThis.CryptoKey'],
    ['wraps', 'globalThis.Request'],
    ['removes', 'globalThis.FormData'],
    ['makes it throw', 'globalThis.Response'],
  ])('are found changed when a run %s', async (run, name) => {
    expect(await foundAfter(run)).toMatchObject({ first: name });
  });

  test('are loaded at once where the permission model hides how Node is made', async () => {
    const found = await foundAfter('nothing', ['--permission', '--allow-fs-read=*']);
    expect(found).toEqual({ before: true, first: null, loadedAfter: true, second: 'globalThis.Headers' });
  });
});
