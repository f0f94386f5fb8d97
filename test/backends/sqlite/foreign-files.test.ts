/** Files that are not what a path was given for: they are refused, and left byte for byte as they were. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteLocking } from '../../../src/backends/sqlite/sqlite-locking.ts';
import { SqliteStore } from '../../../src/backends/sqlite/sqlite-store.ts';
import { openStoreFile } from '../../../src/backends/sqlite/store-thread/store-file.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { StoreListener } from '../../../src/supervisor/ports/store.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

const session = { nodeId: 'node', incarnationId: 'first', atMs: 1_767_225_600_000 };
const listener = { warned: () => {}, lacksState: () => {} } as unknown as StoreListener;

async function opensStore(path: string): Promise<void> {
  const retention = { maxRuns: 1_000, maxAgeMs: 1_000_000 };
  const store = new SqliteStore({ path, durability: 'relaxed', retention }, new SystemClock());
  await store.open(session, listener);
  await store.close(session.atMs);
}

async function opensLocks(path: string): Promise<void> {
  await (await openSqliteLocking({ path }, new SystemClock())).cleanup?.();
}

async function readsStore(path: string): Promise<void> {
  openStoreFile(path).close();
}

const USES = [
  ['a store', opensStore],
  ['locks', opensLocks],
  ['a store to read', readsStore],
] as const;

/** Everything about a folder that must not change. */
function look(folder: string): unknown[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { mode, mtimeMs, ino, size } = statSync(join(folder, name));
      return { name, mode, mtimeMs, ino, size, bytes: readFileSync(join(folder, name), 'base64') };
    });
}

const MAKERS: readonly (readonly [what: string, make: (path: string) => void])[] = [
  ['a text', (path) => writeFileSync(path, 'a letter to a friend '.repeat(50))],
  ['a short text', (path) => writeFileSync(path, 'x')],
  ['a database without a log', (path) => made(path, 'CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)')],
  ['a database with a log', (path) => madeWithLog(path, 'CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)')],
  ['a young database that is all in its log', (path) => madeWithLog(path, 'CREATE TABLE theirs (x)')],
  ['a database with a mark of its own', (path) => made(path, 'PRAGMA application_id = 77')],
  ['a database with a version of its own', (path) => made(path, 'PRAGMA user_version = 7')],
  [
    'a file that may not be read by others',
    (path) => {
      writeFileSync(path, '{}');
      chmodSync(path, 0o644);
    },
  ],
];

function made(path: string, sql: string): void {
  const connection = new DatabaseSync(path);
  connection.exec(sql);
  connection.close();
}

/** As a process leaves it that dies: what it wrote is in the log. */
function madeWithLog(path: string, sql: string): void {
  const living = `${path}.living`;
  const connection = new DatabaseSync(living);
  connection.exec(`PRAGMA journal_mode = WAL; ${sql}`);
  for (const suffix of ['', '-wal']) if (existsSync(living + suffix)) copyFileSync(living + suffix, path + suffix);
  connection.close();
  execFileSync('rm', [living]);
}

describe.each(USES)('the path of %s', { timeout: 60_000 }, (_use, use) => {
  test.each(MAKERS)('that leads to %s is refused, and the file is left as it was', async (_what, make) => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.db');
    make(path);
    const past = new Date('2020-01-01T00:00:00Z');
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), past, past);
    const before = look(folder);
    await expect(use(path)).rejects.toThrow(/app\.db.*(not a SQLite database|another database, not).*left as it is/);
    expect(look(folder)).toEqual(before);
  });

  test('that leads to a directory, a pipe, a socket or a device is refused, and nothing waits for it', async () => {
    const folder = temporaryFolder();
    const [directory, pipe, socket] = ['directory', 'pipe', 'socket'].map((name) => join(folder, name));
    mkdirSync(String(directory));
    execFileSync('mkfifo', [String(pipe)]);
    const server = createServer().listen(String(socket));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    await expect(use(String(directory))).rejects.toThrow(/it is a directory: it must be the path of a file/);
    await expect(use(String(pipe))).rejects.toThrow(/it is a named pipe/);
    await expect(use(String(socket))).rejects.toThrow(/it is a socket/);
    await expect(use('/dev/null')).rejects.toThrow(/it is a device/);
    expect(readdirSync(folder).sort()).toEqual(['directory', 'pipe', 'socket']);
  });

  test('that is one of two names of a file is refused', async () => {
    const folder = temporaryFolder();
    const [path, other] = [join(folder, 'a.db'), join(folder, 'b.db')];
    writeFileSync(path, '');
    linkSync(path, other);
    await expect(use(other)).rejects.toThrow(/it has 2 names \(hard links\)/);
    expect(readdirSync(folder).sort()).toEqual(['a.db', 'b.db']);
  });
});

describe('a database of the host', () => {
  test('keeps the lock that the host has on it', async () => {
    const path = join(temporaryFolder(), 'app.db');
    made(path, 'CREATE TABLE theirs (x)');
    const host = new DatabaseSync(path);
    onTestFinished(() => host.close());
    host.exec('BEGIN IMMEDIATE');
    await expect(opensStore(path)).rejects.toThrow(/another database/);
    await expect(opensLocks(path)).rejects.toThrow(/another database/);
    const other = fork(new URL('../../fixtures/programs/other-writer.ts', import.meta.url).pathname, [path]);
    const [answer] = await once(other, 'message');
    expect(answer).toMatch(/database is locked/);
  });
});

describe('a file of ours', { timeout: 60_000 }, () => {
  test('can be read when nobody has it open, as often as wanted', async () => {
    const path = join(temporaryFolder(), 'store.db');
    await opensStore(path);
    for (let time = 0; time < 3; time += 1) {
      const file = openStoreFile(path);
      expect(file.queries.lastSession()?.stoppedAtMs).toBe(session.atMs);
      file.close();
    }
  });

  test('is refused where another kind is wanted, and left as it was', async () => {
    const folder = temporaryFolder();
    const [store, locks] = [join(folder, 'store.db'), join(folder, 'locks.db')];
    await opensStore(store);
    await opensLocks(locks);
    const before = look(folder);
    await expect(opensStore(locks)).rejects.toThrow(/it is a file of locks, not the store of a scheduler/);
    await expect(opensLocks(store)).rejects.toThrow(/it is the store of a scheduler, not a file of locks/);
    expect(look(folder)).toEqual(before);
  });

  test('is known by its log when its creator died before it had more', async () => {
    const path = join(temporaryFolder(), 'store.db');
    madeWithLog(path, `PRAGMA application_id = ${0x45534350}; CREATE TABLE half (x); PRAGMA user_version = 1000`);
    await expect(opensStore(path)).rejects.toThrow(/later version/);
    const empty = join(temporaryFolder(), 'store.db');
    madeWithLog(empty, '');
    await opensStore(empty);
  });

  test('is the same one under every name', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real', 'store.db'), join(folder, 'link.db'));
    await opensStore(join(folder, 'link.db'));
    expect(readdirSync(join(folder, 'real')).sort()).toEqual(['store.db', 'store.db-owner']);
    expect(readdirSync(folder).sort()).toEqual(['link.db', 'real']);
  });

  test.each([0o000, 0o777])('is for its owner only, with a umask of %o', async (umask) => {
    const folder = temporaryFolder();
    const program = new URL('../../fixtures/programs/with-umask.ts', import.meta.url).pathname;
    const child = fork(program, [String(umask), join(folder, 'store.db'), join(folder, 'locks.db')]);
    expect((await once(child, 'message'))[0]).toBe('started');
    const modes = readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]);
    expect(modes.length).toBeGreaterThan(7);
    expect(modes.filter(([, mode]) => mode !== '600')).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});
