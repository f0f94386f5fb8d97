import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { accessDenied } from '../../../src/wire/failures/access-denied.ts';

function denied(permission: string, resource?: string): Error {
  return Object.assign(new Error('Access to this API has been restricted.'), {
    code: 'ERR_ACCESS_DENIED',
    permission,
    ...(resource !== undefined && { resource }),
  });
}

test.each([
  [denied('FileSystemRead', '/srv/a.ts'), 'read /srv/a.ts: add --allow-fs-read=/srv/a.ts'],
  [denied('FileSystemWrite', 'a.db'), `write ${resolve('a.db')}: add --allow-fs-write=${resolve('a.db')}`],
  [denied('FileSystemRead'), 'read: add --allow-fs-read'],
  [denied('WorkerThreads', 'x'), 'start threads: add --allow-worker'],
])('%o names the flag to give', (error, said) => {
  expect(accessDenied(error)).toBe(`Node runs with --permission and may not ${said}`);
});

test('a permission of a later Node is named', () => {
  expect(accessDenied(denied('toString'))).toBe('Node runs with --permission, which does not allow this (toString)');
});

test.each([new Error('no'), null, 'ERR_ACCESS_DENIED', new Proxy({}, {})])('%o is something else', (thrown) => {
  expect(accessDenied(thrown)).toBeNull();
});
