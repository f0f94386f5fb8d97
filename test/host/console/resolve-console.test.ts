import { describe, expect, test } from 'vitest';
import { memoryStore, sqliteStore } from '../../../src/host/backends.ts';
import { checkOptions } from '../../../src/host/checking/check-options.ts';
import { resolveConsole } from '../../../src/host/console/resolve-console.ts';
import { resolveOptions } from '../../../src/host/resolve-options.ts';
import type { ConsoleOptions, SchedulerOptions } from '../../../src/host/scheduler-options.ts';

function resolved(own: ConsoleOptions | undefined, options: SchedulerOptions = {}) {
  const checked = checkOptions({ nodeId: 'node', ...options, ...(own && { console: own }) });
  return resolveConsole(checked, resolveOptions(checked));
}

describe('the console that options ask for', () => {
  test('is none by default, and in a dry run', () => {
    expect(resolved(undefined)).toBeNull();
    expect(resolved({ port: 0 }, { dryRun: true })).toBeNull();
  });

  test('is open to this machine, and lets everybody act', () => {
    expect(resolved({ port: 8080 })).toEqual({
      port: 8080,
      host: '127.0.0.1',
      socket: null,
      token: null,
      isReadOnly: false,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      nodeId: 'node',
      timezone: 'UTC',
      notify: null,
    });
    expect(resolved({ port: 0, host: '0.0.0.0', token: 'secret', readOnly: true })).toMatchObject({
      host: '0.0.0.0',
      token: 'secret',
      isReadOnly: true,
    });
    expect(resolved({ port: 0, socket: '/run/console.sock' })).toMatchObject({ port: 0, socket: '/run/console.sock' });
  });

  test.skipIf(process.platform === 'win32')('has a socket beside a SQLite store unless something else is said', () => {
    const store = sqliteStore({ path: '/srv/app/store.db' });
    expect(resolved({}, { store })).toMatchObject({ port: null, socket: '/srv/app/store.db.console' });
    expect(resolved({ port: 0 }, { store })).toMatchObject({ port: 0, socket: '/srv/app/store.db.console' });
    expect(resolved({ port: 0 })).toMatchObject({ socket: null });
  });

  test.each<[string, ConsoleOptions, SchedulerOptions, string]>([
    [
      'an open console for everybody',
      { port: 0, host: '0.0.0.0' },
      {},
      'Option "console.host" is invalid: everybody who reaches 0.0.0.0 could act: give a console.token, or leave it at 127.0.0.1.',
    ],
    [
      'an address that only looks like this machine',
      { port: 0, host: '127.0.0.1.example.com' },
      {},
      'everybody who reaches 127.0.0.1.example.com could act',
    ],
    ['an address without a port', { host: '::1', socket: '/a' }, {}, 'it is the address of a port: give console.port'],
    [
      'a console that listens nowhere',
      {},
      { store: memoryStore() },
      'Option "console" is invalid: it must have a port or a socket; only sqliteStore() has a place for one.',
    ],
    ['a port that there is not', { port: 65_536 }, {}, 'console.port'],
    ['an option that there is not', { tokens: 'a' } as ConsoleOptions, {}, 'did you mean token?'],
  ])('must not be %s', (_what, own, options, message) => {
    expect(() => resolved(own, options)).toThrow(message);
  });

  test('never shows a token', () => {
    const wrong = { port: 0, token: 'x'.repeat(1_025) };
    expect(() => resolved(wrong)).toThrow(
      'Option "console.token" is invalid: it must be a secret of 1 to 1,024 characters.',
    );
  });
});
