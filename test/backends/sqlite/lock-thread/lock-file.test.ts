/** What a file of locks does beyond the rules for every backend, which the conformance kit tests. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LockFile } from '../../../../src/backends/sqlite/lock-thread/lock-file.ts';
import type { MachineInstant } from '../../../../src/backends/sqlite/lock-thread/machine-clock.ts';
import { openSqliteLocking } from '../../../../src/backends/sqlite/sqlite-locking.ts';
import { SystemClock } from '../../../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../../../src/supervisor/ports/locking.ts';
import { temporaryFolder } from '../../../support/scheduler-harness.ts';

const newPath = (): string => join(temporaryFolder(), 'locks.db');

/** A machine whose clocks are set by hand. */
class HandSetClock {
  bootId = 'first';
  monotonicMs = 1_000;
  wallMs = 1_767_225_600_000;

  now(): MachineInstant {
    return { bootId: this.bootId, monotonicMs: this.monotonicMs, wallMs: this.wallMs };
  }
}

function opened(path: string, clock: HandSetClock): LockFile {
  const file = LockFile.open(path, clock);
  onTestFinished(() => file.close());
  return file;
}

const take = (file: LockFile, lockId: string, ttlMs = 10_000): boolean =>
  file.exchange({ releases: [], renewals: [], attempts: [[{ key: 'k', lockId, ttlMs }]] }, Number.POSITIVE_INFINITY)
    .attempts[0] !== null;

async function locking(path: string): Promise<LockingPlugin> {
  const backend = await openSqliteLocking({ path }, new SystemClock());
  onTestFinished(() => backend.cleanup?.());
  return backend;
}

describe('a lock in a file', () => {
  test('expires by the time since the boot, wherever the wall clock is set', () => {
    const clock = new HandSetClock();
    const file = opened(newPath(), clock);
    expect(take(file, 'a')).toBe(true);
    clock.wallMs += 86_400_000;
    expect(take(file, 'b')).toBe(false);
    clock.wallMs -= 2 * 86_400_000;
    clock.monotonicMs += 10_000;
    expect(take(file, 'b')).toBe(true);
  });

  test('holds after a boot, by the wall clock', () => {
    const clock = new HandSetClock();
    const path = newPath();
    const file = opened(path, clock);
    take(file, 'a', 60_000);
    clock.bootId = 'second';
    clock.monotonicMs = 5;
    clock.wallMs += 30_000;
    expect(take(opened(path, clock), 'b')).toBe(false);
    clock.wallMs += 30_000;
    expect(take(file, 'b')).toBe(true);
  });

  test('expires by the wall clock where boots cannot be told apart', () => {
    const clock = new HandSetClock();
    clock.bootId = '';
    const file = opened(newPath(), clock);
    take(file, 'a');
    clock.monotonicMs += 20_000;
    expect(take(file, 'b')).toBe(false);
    clock.wallMs += 10_000;
    expect(take(file, 'b')).toBe(true);
  });

  test('is not granted to a caller that has given up waiting', () => {
    const clock = new HandSetClock();
    const file = opened(newPath(), clock);
    const request = { releases: [], renewals: [], attempts: [[{ key: 'k', lockId: 'late', ttlMs: 10_000 }]] };
    expect(() => file.exchange(request, clock.monotonicMs - 1)).toThrow('busy for too long');
    expect(take(file, 'a')).toBe(true);
  });

  test('leaves nothing behind when it has expired', () => {
    const clock = new HandSetClock();
    const path = newPath();
    const file = opened(path, clock);
    for (let index = 0; index < 500; index += 1) {
      const claim = { key: `k@${index}`, lockId: 'a', ttlMs: 1_000 };
      file.exchange({ releases: [], renewals: [], attempts: [[claim]] }, Number.POSITIVE_INFINITY);
      clock.monotonicMs += 100;
    }
    const connection = new DatabaseSync(path, { readOnly: true });
    const { count } = connection.prepare('SELECT count(*) AS count FROM locks').get() as { count: number };
    connection.close();
    expect(count).toBeLessThan(20);
  });
});

describe('a file of locks', () => {
  test('is for its owner only', async () => {
    const path = newPath();
    await locking(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is refused, and left as it was, when it is not a database, or that of another application', async () => {
    const damaged = newPath();
    writeFileSync(damaged, 'not a database at all, but long enough to be read as one'.repeat(30));
    await expect(openSqliteLocking({ path: damaged }, new SystemClock())).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_BACKEND',
      message: expect.stringContaining(damaged),
    });
    const foreign = newPath();
    const connection = new DatabaseSync(foreign);
    connection.exec('CREATE TABLE theirs (id INTEGER)');
    const modeOf = (): unknown => connection.prepare('PRAGMA journal_mode').get();
    const before = modeOf();
    await expect(openSqliteLocking({ path: foreign }, new SystemClock())).rejects.toThrow(/another database/);
    expect(modeOf()).toEqual(before);
    connection.close();
  });

  test('is refused when a later version has written it', async () => {
    const path = newPath();
    await (await openSqliteLocking({ path }, new SystemClock())).cleanup?.();
    const connection = new DatabaseSync(path);
    connection.exec('PRAGMA user_version = 99');
    connection.close();
    await expect(openSqliteLocking({ path }, new SystemClock())).rejects.toThrow(/later version/);
  });

  test('is opened anew when another file has taken its place', async () => {
    const path = newPath();
    const [a, b] = [await locking(path), await locking(path)];
    await a.tryLock('k', 60_000);
    renameSync(path, `${path}.moved`);
    expect(await b.tryLock('k', 60_000)).not.toBeNull();
    expect(await a.tryLock('k', 60_000)).toBeNull();
  });

  test('that another process holds for too long is a rejection, and works again afterwards', async () => {
    const path = newPath();
    const backend = await locking(path);
    const holder = new DatabaseSync(path);
    holder.exec('BEGIN IMMEDIATE');
    await expect(backend.tryLock('k', 60_000)).rejects.toThrow(/locked/);
    holder.exec('ROLLBACK');
    holder.close();
    expect(await backend.tryLock('k', 60_000)).not.toBeNull();
  });

  test('names a wrong option', async () => {
    await expect(openSqliteLocking({ path: '' }, new SystemClock())).rejects.toThrow(
      /option path must be the path of a file/,
    );
  });

  test('excludes processes from each other, so that of many that count under a lock none loses an update', async () => {
    const folder = temporaryFolder();
    const [path, counter] = [join(folder, 'locks.db'), join(folder, 'counter')];
    writeFileSync(counter, '0');
    const program = new URL('../../../fixtures/programs/locked-counter.ts', import.meta.url).pathname;
    const processes = Array.from({ length: 4 }, () => fork(program, [path, counter, '30']));
    const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(counter, 'utf8')).toBe('120');
  }, 30_000);
});
