import { expect, test } from 'vitest';
import { isShortage, watchReason } from '../../../src/cli/watching/watch-reason.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: words of the system, watch '/srv'`), { code });
}

test('a shortage is said in words, with what to raise', () => {
  expect(watchReason(systemError('ENOSPC'))).toBe(
    'the system lets this user watch no more folders (ENOSPC; on Linux, raise fs.inotify.max_user_watches)',
  );
  expect(watchReason(systemError('EMFILE'))).toMatch(/^no more files may be open, .* \(EMFILE; raise ulimit -n/);
  expect(isShortage(systemError('ENFILE'))).toBe(true);
});

test('any other reason stays as it is', () => {
  expect(watchReason(systemError('EACCES'))).toBe("EACCES: words of the system, watch '/srv'");
  expect(watchReason('it went')).toBe('it went');
  expect(isShortage(systemError('toString'))).toBe(false);
});
