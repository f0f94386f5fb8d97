import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Permissions } from '../../../../src/plugin.ts';
import { FREE_AT, text } from '../../../support/guest-text.ts';
import { openedGuest, runGuest } from '../../../support/opened-guest.ts';
import { temporaryFolder } from '../../../support/scheduler-harness.ts';

/** A folder `data` that may be read, and what surrounds it. */
function tree(): { readonly root: string; readonly url: string } {
  const root = temporaryFolder();
  mkdirSync(join(root, 'data', 'inner'), { recursive: true });
  mkdirSync(join(root, 'database'));
  writeFileSync(join(root, 'data', 'a.csv'), 'größe,1');
  writeFileSync(join(root, 'data', 'inner', 'b.txt'), 'b');
  writeFileSync(join(root, 'data', 'large'), new Uint8Array(1_048_577));
  writeFileSync(join(root, 'database', 'secret'), 'secret');
  writeFileSync(join(root, 'secret'), 'secret');
  symlinkSync(join(root, 'secret'), join(root, 'data', 'link'));
  symlinkSync(root, join(root, 'data', 'up'));
  symlinkSync(join(root, 'data', 'a.csv'), join(root, 'data', 'alias'));
  execFileSync('mkfifo', [join(root, 'data', 'pipe')]);
  return { root, url: pathToFileURL(`${root}/`).href };
}

/** What the guest gets for a path: the answer, or the reason. */
async function answered(name: 'file_read' | 'file_list', path: string, resolveFrom: string, permissions: Permissions) {
  const args = text(FREE_AT, JSON.stringify([path]));
  const run = `(local.set $a (call $f ${args.put}))
    (if (i64.eqz (local.get $a)) (then (call $error_set (call $error_get))) (else (call $log_info (local.get $a))))
    (i32.const 0)`;
  const imports = `(import "extism:host/user" "${name}" (func $f (param i64) (result i64)))`;
  const { error, lines } = await runGuest(
    await openedGuest({ imports, run, more: args.data }, { resolveFrom, permissions }),
  );
  return error === null ? JSON.parse(lines[0]?.[1] ?? '') : { failed: error.message };
}

describe('the files of a guest', () => {
  const grant = { allowedPaths: ['./data'] };

  test('are those of the allowed paths', async () => {
    const { root, url } = tree();

    expect(await answered('file_read', 'data/a.csv', url, grant)).toBe('größe,1');
    expect(await answered('file_read', join(root, 'data', 'inner', 'b.txt'), url, grant)).toBe('b');
    expect(await answered('file_read', 'data/alias', url, grant)).toBe('größe,1');
    expect(await answered('file_read', './secret', url, { allowedPaths: ['secret'] })).toBe('secret');
    expect(await answered('file_list', 'data', url, grant)).toEqual([
      'a.csv',
      'alias',
      'inner/',
      'large',
      'link',
      'pipe',
      'up',
    ]);
  });

  test.each([
    'secret',
    'data/../secret',
    'data/link',
    'data/up/secret',
    'data/up/database/secret',
    'database/secret',
    'data/none',
    '/etc/passwd',
    '/proc/self/environ',
    'data/a.csv/../../secret',
    'data/a.csv\0.txt',
    '',
    '.',
    '..',
    'file:///etc/passwd',
  ])('are not %j', async (path) => {
    const { url } = tree();
    const failed = 'there is no such file that the guest may read';

    expect(await answered('file_read', path, url, grant)).toEqual({ failed });
    expect(await answered('file_list', path, url, grant)).toEqual({ failed });
  });

  test.each([
    ['a folder', 'file_read', 'data/inner', 'it is not a file'],
    ['a pipe', 'file_read', 'data/pipe', 'it is not a file'],
    ['more than a MiB', 'file_read', 'data/large', 'it has 1048577 bytes, and a guest reads at most 1048576'],
    ['a file as a folder', 'file_list', 'data/a.csv', 'it is not a folder'],
  ] as const)('are not read: %s', async (_, name, path, failed) => {
    expect(await answered(name, path, tree().url, grant)).toEqual({ failed });
  });

  test('cannot even be asked for without an allowed path', async () => {
    const asking = answered('file_read', 'data/a.csv', tree().url, {});

    await expect(asking).rejects.toThrow('it imports what it may not: extism:host/user.file_read');
  });
});
