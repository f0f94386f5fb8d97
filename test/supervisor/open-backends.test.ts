import { execFile } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { mustBeSeparate } from '../../src/backends/sqlite/separate-files.ts';
import { sqliteLocking, sqliteStore } from '../../src/index.ts';
import { newScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

test('a driver that is not installed is one sentence, with the command that installs it', async () => {
  const program = new URL('../fixtures/programs/without-drivers.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const told = JSON.parse(stdout) as string[];
  expect(told).toEqual([
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*npm install redis/),
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*"ioredis".*npm install ioredis/),
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*"pg".*npm install pg/),
    expect.stringMatching(/^ERR_ESCAPEMENT_BACKEND: .*"pg".*npm install pg/),
  ]);
});

test('one path for the store and the locks is refused before anything is opened', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'state.db');
  const scheduler = await newScheduler({ store: sqliteStore({ path }), locking: sqliteLocking({ path }) });
  await expect(scheduler.start()).rejects.toMatchObject({
    code: 'ERR_ESCAPEMENT_BACKEND',
    message: expect.stringContaining(`${path} is the path of the store and of the locks: each needs a file of its own`),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('so is a path that leads to the same file, or to what belongs to it', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'state.db');
  mkdirSync(join(folder, 'deep'));
  symlinkSync(folder, join(folder, 'deep', 'up'));
  symlinkSync('state.db', join(folder, 'symbolic.db'));
  writeFileSync(join(folder, 'hard.db'), '');
  linkSync(join(folder, 'hard.db'), join(folder, 'link.db'));
  const check = (store: string, locks: string) => () => mustBeSeparate(store, locks);
  for (const other of ['deep/up/state.db', 'deep/../state.db', 'symbolic.db', 'state.db-wal', 'state.db-owner'])
    expect(check(path, join(folder, other)), other).toThrow(/each needs a file of its own/);
  expect(check(join(folder, 'link.db'), join(folder, 'hard.db'))).toThrow(/each needs a file of its own/);
  expect(check(path, join(folder, 'locks.db'))).not.toThrow();
});
