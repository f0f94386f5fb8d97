/** The store's file, and all that can be wrong with it. What is not ours is in `foreign-files.test.ts`. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FromStore, StoreOptions } from '../../../../src/backends/sqlite/store-thread/protocol.ts';
import { openStoreFile } from '../../../../src/backends/sqlite/store-thread/store-file.ts';
import { StoreService } from '../../../../src/backends/sqlite/store-thread/store-service.ts';
import { claimed, decided, KEY, overlapAt, recordOf, registered, settled } from '../../../support/ledger-entries.ts';
import { temporaryFolder } from '../../../support/scheduler-harness.ts';

const DAY_MS = 86_400_000;
const session = { nodeId: 'node', incarnationId: 'first', atMs: Date.UTC(2026, 0, 1) };

interface Bench {
  readonly service: StoreService;
  readonly notices: FromStore[];
  warnings(): string[];
}

function benchAt(path: string, own: Partial<StoreOptions> = {}): Bench {
  const notices: FromStore[] = [];
  const retention = { maxRuns: 100_000, maxAgeMs: 30 * DAY_MS };
  const service = new StoreService({ path, durability: 'relaxed', retention, ...own }, (notice) =>
    notices.push(notice),
  );
  onTestFinished(() => void service.close({ atMs: session.atMs + 1 }));
  const warnings = (): string[] => notices.flatMap((notice) => (notice.kind === 'warned' ? [notice.code] : []));
  return { service, notices, warnings };
}

async function settle(service: StoreService, count: number, fromMs = session.atMs): Promise<void> {
  const entries = Array.from({ length: count }, (_, index) =>
    settled(recordOf(`run-${fromMs + index}`, fromMs + index)),
  );
  await service.write(entries);
}

/** A store with one schedule and its runs, closed in good order. */
async function filledStore(runCount = 1_000): Promise<string> {
  const path = join(temporaryFolder(), 'store.db');
  const { service } = benchAt(path);
  await service.open(session);
  await service.write([registered(session.atMs)]);
  await settle(service, runCount);
  await service.close({ atMs: session.atMs + 2_000 });
  return path;
}

test('states that a batch has changed survive when another scheduler begins in the same batch', async () => {
  const { service } = benchAt(join(temporaryFolder(), 'store.db'));
  await service.open(session);
  const record = recordOf('a', session.atMs + 1_000);
  const next = { ...session, incarnationId: 'second', atMs: session.atMs + 5_000 };
  await service.write([registered(session.atMs), claimed(record), settled(record), { kind: 'opened', session: next }]);
  const { state } = await service.facts({ key: KEY, atMs: record.scheduledAtMs });
  expect(state).toMatchObject({ runCount: 0, dueCount: 1, outcomes: { succeeded: 1 } });
});

describe('the file of a store', () => {
  test('is made with its folder, and is for its owner only', async () => {
    const path = join(temporaryFolder(), 'deep', 'down', 'store.db');
    const { service } = benchAt(path);
    await service.open(session);
    const modes = readdirSync(join(path, '..')).map((name) => [name, statSync(join(path, '..', name)).mode & 0o777]);
    expect(modes.length).toBeGreaterThan(2);
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  });

  test('serves one scheduler at a time, and the next when that has closed it', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const first = benchAt(path);
    await first.service.open(session);
    const second = benchAt(path);
    await expect(second.service.open(session)).rejects.toThrow(
      new RegExp(
        `store\\.db is in use by process ${process.pid} \\(node node\\): a file serves one scheduler at a time`,
      ),
    );
    await first.service.close({ atMs: session.atMs });
    expect((await second.service.open(session)).schedules).toEqual([]);
  });

  test('can be read while it is written, and is refused when it is not a store', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const { service } = benchAt(path);
    await service.open(session);
    await service.write([registered(session.atMs)]);
    await settle(service, 3);
    const file = openStoreFile(path);
    onTestFinished(() => file.close());
    expect(file.history({ key: KEY }).length).toBe(3);
    expect(file.keys()).toEqual([KEY]);
    await settle(service, 2, session.atMs + 100);
    expect(file.history({ key: KEY }).length).toBe(5);
    expect(() => openStoreFile(join(path, '..', 'nothing.db'))).toThrow(/there is no such file/);
  });

  test('that is empty becomes a store', async () => {
    const path = join(temporaryFolder(), 'store.db');
    writeFileSync(path, '');
    const { service, warnings } = benchAt(path);
    expect((await service.open(session)).schedules).toEqual([]);
    expect(warnings()).toEqual([]);
  });

  test('that a later version wrote is refused and left alone', async () => {
    const path = await filledStore();
    const connection = new DatabaseSync(path);
    connection.exec('PRAGMA user_version = 1000');
    connection.close();
    const { service, warnings } = benchAt(path);
    await expect(service.open(session)).rejects.toThrow('written by a later version of Escapement');
    expect(warnings()).toEqual([]);
    expect(() => openStoreFile(path)).toThrow(/later version/);
  });

  test('with a damaged page is set aside when it is opened', async () => {
    const path = await filledStore();
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(4_096 * 3, 0xa5), 0, 4_096 * 3, 4_096 * 4);
    await file.close();
    const { service, warnings } = benchAt(path);
    expect((await service.open(session)).schedules).toEqual([]);
    expect(warnings()).toEqual(['store-set-aside']);
    await settle(service, 3);
    expect((await service.history({})).length).toBe(3);
  });

  test('that is damaged while it is open is set aside, and what is written goes into a new one', async () => {
    // More than SQLite keeps in memory.
    const path = await filledStore(20_000);
    const { service, notices, warnings } = benchAt(path);
    await service.open(session);
    const file = await open(path, 'r+');
    const { size } = statSync(path);
    await file.write(Buffer.alloc(size - 4_096, 0xa5), 0, size - 4_096, 4_096);
    await file.close();
    expect(await service.history({ limit: 100_000 })).toEqual([]);
    expect(warnings()).toEqual(['store-set-aside']);
    expect(notices).toContainEqual({ kind: 'state.lacking' });
    await settle(service, 1, session.atMs + 10_000);
    expect((await service.history({})).length).toBe(1);
  });

  test('whose log is deleted while it is open loses nothing', async () => {
    const path = await filledStore();
    const { service, warnings } = benchAt(path);
    await service.open(session);
    await settle(service, 10, session.atMs + 10_000);
    rmSync(`${path}-wal`);
    await service.maintain();
    expect(warnings()).toEqual(['store-moved']);
    await settle(service, 10, session.atMs + 20_000);
    expect(existsSync(`${path}-wal`)).toBe(true);
    const file = openStoreFile(path);
    onTestFinished(() => file.close());
    expect(file.history({ limit: 10_000 }).length).toBe(1_020);
  });

  test('loses nothing when a read drops its locks, and another process then takes itself for the last and deletes the log', async () => {
    const path = await filledStore();
    const { service, warnings } = benchAt(path);
    await service.open(session);
    await settle(service, 10, session.atMs + 10_000);
    for (const suffix of ['', '-shm']) readFileSync(path + suffix);
    const other = fork(new URL('../../../fixtures/programs/other-writer.ts', import.meta.url).pathname, [path]);
    await once(other, 'exit');
    expect(existsSync(`${path}-wal`)).toBe(false);
    await settle(service, 10, session.atMs + 20_000);
    expect(warnings()).toEqual(['store-moved']);
    const file = openStoreFile(path);
    onTestFinished(() => file.close());
    expect(file.history({ limit: 10_000 }).length).toBe(1_020);
  });

  test('that is deleted while it is open is begun anew, and asks for all schedules', async () => {
    const path = await filledStore();
    const { service, notices, warnings } = benchAt(path);
    await service.open(session);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix);
    await service.maintain();
    expect(warnings()).toEqual(['store-moved']);
    expect(notices).toContainEqual({ kind: 'state.lacking' });
    await settle(service, 1);
    expect(existsSync(path)).toBe(true);
  });
});

/** A file system of one MiB, where the system allows us to mount one. */
function smallDisk(): string | null {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

describe('a disk that cannot be written', () => {
  test('because it is full fails every batch as a whole, and takes them again when there is room', async (context) => {
    const disk = smallDisk();
    if (disk === null)
      return context.skip('a file system can only be mounted by root: run the tests as root for this one');
    const { service } = benchAt(join(disk, 'store.db'));
    await service.open(session);
    await settle(service, 10);
    const ballast = join(disk, 'ballast');
    execFileSync('sh', ['-c', `dd if=/dev/zero of=${ballast} bs=1k 2>/dev/null || true`]);
    await expect(settle(service, 2_000, session.atMs + 1_000)).rejects.toThrow(/full/);
    expect((await service.history({ limit: 10_000 })).length).toBe(10);
    rmSync(ballast);
    await settle(service, 100, session.atMs + 1_000);
    expect((await service.history({ limit: 10_000 })).length).toBe(110);
  });

  test('when the store is opened is reported, tried again at every write, and then asks for all schedules', async (context) => {
    const disk = smallDisk();
    if (disk === null)
      return context.skip('a file system can only be mounted by root: run the tests as root for this one');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const { service, notices, warnings } = benchAt(join(disk, 'store.db'));
    expect(await service.open(session)).toEqual({ schedules: [], openClaims: [] });
    expect(warnings()).toEqual(['store-unavailable']);
    await expect(settle(service, 1)).rejects.toThrow();
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    await settle(service, 1);
    expect(notices.at(-1)).toEqual({ kind: 'state.lacking' });
    expect((await service.history({})).length).toBe(1);
  });

  test('when the store is opened again still has what it knew', async (context) => {
    const disk = smallDisk();
    if (disk === null)
      return context.skip('a file system can only be mounted by root: run the tests as root for this one');
    const path = join(disk, 'store.db');
    const first = benchAt(path);
    await first.service.open(session);
    await first.service.write([registered(session.atMs)]);
    await first.service.write([claimed(recordOf('open', session.atMs + 1))]);
    await first.service.close({ atMs: session.atMs });
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const { schedules, openClaims } = await benchAt(path).service.open(session);
    expect(schedules.map(({ cursorMs }) => cursorMs)).toEqual([session.atMs + 1]);
    expect(openClaims.map(({ runId }) => runId)).toEqual(['open']);
  });
});

describe('a file that another process has locked', () => {
  test('fails a batch after a while, and takes it when the lock is gone', async () => {
    const path = await filledStore();
    const { service } = benchAt(path);
    await service.open(session);
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await expect(settle(service, 1, session.atMs + 10_000)).rejects.toThrow(/locked/);
    other.exec('ROLLBACK');
    await settle(service, 1, session.atMs + 10_000);
    expect((await service.history({ since: session.atMs + 10_000 })).length).toBe(1);
  });
});

describe('retention', () => {
  test('keeps the given number of runs, and prunes slice by slice', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const { service } = benchAt(path, { retention: { maxRuns: 100, maxAgeMs: Number.POSITIVE_INFINITY } });
    await service.open(session);
    await settle(service, 1_800);
    expect(await service.maintain()).toBe(true);
    while (await service.maintain());
    const left = await service.history({ limit: 10_000 });
    expect(left.length).toBe(100);
    expect(left[0]?.scheduledAtMs).toBe(session.atMs + 1_799);
  });

  test('keeps nothing beyond the given age, except how a schedule was declared', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const { service } = benchAt(path, { retention: { maxRuns: 1_000_000, maxAgeMs: DAY_MS } });
    await service.open(session);
    await service.write([registered(session.atMs)]);
    await settle(service, 700);
    await service.write([decided(overlapAt(session.atMs + 5_000))]);
    await settle(service, 10, session.atMs + 2 * DAY_MS);
    await service.write([{ kind: 'seen', atMs: session.atMs + 2 * DAY_MS + 1_000 }]);
    while (await service.maintain());
    expect((await service.history({ limit: 10_000 })).length).toBe(10);
    const facts = await service.facts({ key: KEY, atMs: session.atMs + 5_000 });
    expect(facts.decision).toBeUndefined();
    expect(facts.life.map(({ kind }) => kind)).toEqual(['registered']);
  });
});
