/** The socket that marks a store as in use, without the lock on a file that stands beside it in production. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OwnerSocket } from '../../../../src/backends/sqlite/store-thread/owner-socket.ts';
import { temporaryFolder } from '../../../support/scheduler-harness.ts';

async function owned(path: string): Promise<OwnerSocket> {
  const socket = await OwnerSocket.acquire(path, 'node');
  onTestFinished(() => socket.release());
  return socket;
}

const contender = new URL('../../../fixtures/programs/socket-contender.ts', import.meta.url).pathname;

async function contenders(count: number, path: string, journal: string): Promise<ChildProcess[]> {
  const children = Array.from({ length: count }, () => fork(contender, [path, journal]));
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  await Promise.all(children.map((child) => once(child, 'message')));
  return children;
}

/** Resolves when each has owned the store and was killed for it. */
async function killedInTurn(children: readonly ChildProcess[], journal: string): Promise<void> {
  const ends = children.map(async (child) => {
    await once(child, 'message');
    appendFileSync(journal, `leave ${child.pid}\n`);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  for (const child of children) child.send('go');
  await Promise.all(ends);
}

describe('the socket of an owner', () => {
  test('is for its owner only, and leaves nothing', async () => {
    const folder = temporaryFolder();
    const socket = await owned(join(folder, 'store.db'));
    const [name] = readdirSync(folder);
    expect(name).toMatch(new RegExp(`^store\\.db-owner\\.${process.pid}-`));
    expect(statSync(join(folder, String(name))).mode & 0o777).toBe(0o600);
    socket.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('keeps others out, who say who has the store, and lets the next one in at once', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const first = await owned(path);
    await expect(OwnerSocket.acquire(path, 'second')).rejects.toThrow(
      `store.db is in use by process ${process.pid} (node node)`,
    );
    const second = owned(path);
    first.release();
    expect((await second).isInPlace()).toBe(true);
  });

  test('has an address however long the path is', async () => {
    const folder = join(temporaryFolder(), 'deep'.repeat(50), 'down'.repeat(50));
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${'s'.repeat(200)}.db`);
    await owned(path);
    await expect(OwnerSocket.acquire(path, 'second')).rejects.toThrow(/in use by process/);
  });

  test('is not in place when somebody has deleted it', async () => {
    const folder = temporaryFolder();
    const socket = await owned(join(folder, 'store.db'));
    expect(socket.isInPlace()).toBe(true);
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    expect(socket.isInPlace()).toBe(false);
  });

  test('leaves files of other names alone', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'store.db-owner.backup');
    writeFileSync(file, 'mine');
    await owned(join(folder, 'store.db'));
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('belongs to one process at a time, of many that start beside the sockets of dead ones', async () => {
    const folder = temporaryFolder();
    const [path, journal] = [join(folder, 'store.db'), join(folder, 'journal')];
    for (let round = 0; round < 4; round += 1) await killedInTurn(await contenders(4, path, journal), journal);
    const lines = readFileSync(journal, 'utf8').trim().split('\n');
    expect(lines.length).toBe(32);
    const pairs = Array.from({ length: 16 }, (_, index) => lines.slice(2 * index, 2 * index + 2));
    for (const [enter, leave] of pairs) expect(leave).toBe(enter?.replace('enter', 'leave'));
    const dead = readdirSync(folder).filter((name) => name.startsWith('store.db-owner.'));
    expect(dead.length).toBe(1);
  }, 60_000);
});
