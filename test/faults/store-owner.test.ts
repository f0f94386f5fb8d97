/** Who has a store's file, when processes read it, stop, block or die. */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteStore } from '../../src/backends/sqlite/sqlite-store.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { StoreListener } from '../../src/supervisor/ports/store.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

const program = new URL('../fixtures/programs/store-owner.ts', import.meta.url).pathname;

/** The program that runs another one in a namespace of its own. */
const NAMESPACE = 'unshare';

function killedAtEnd(child: ChildProcess): ChildProcess {
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A process that has a store. */
async function owner(path: string): Promise<ChildProcess> {
  const child = killedAtEnd(fork(program, [path]));
  expect((await once(child, 'message'))[0]).toBe('started');
  return child;
}

/** What a scheduler does with its store when it starts. */
async function opened(path: string): Promise<void> {
  const retention = { maxRuns: 1_000, maxAgeMs: 1_000_000 };
  const store = new SqliteStore({ path, durability: 'relaxed', retention }, new SystemClock());
  const listener = { warned: () => {}, lacksState: () => {} } as unknown as StoreListener;
  await store.open({ nodeId: 'second', incarnationId: 'second', atMs: Date.now() }, listener);
  await store.close(Date.now());
}

async function expectRefusal(path: string, { pid }: ChildProcess): Promise<void> {
  await expect(opened(path)).rejects.toThrow(new RegExp(`${path} is in use by process ${pid}`));
}

/** How often used tools copy a folder, or the store. */
const COPIES = [
  ['tar', 'tar -cf copy/all.tar --exclude=copy .'],
  ['cp', 'cp -a store.db* copy/'],
  ['rsync', 'rsync -a --exclude=copy ./ copy/'],
  ['sqlite3', 'sqlite3 store.db ".backup copy/store.db"'],
] as const;

function has(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`]);
    return true;
  } catch {
    return false;
  }
}

// Each starts processes, which takes long on a machine that is busy.
describe('the owner of a store', { timeout: 60_000 }, () => {
  test('keeps it whatever its process reads', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const first = await owner(path);
    first.send('read');
    await once(first, 'message');
    await expectRefusal(path, first);
  });

  test('keeps it when backup tools make copies', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'store.db');
    const first = await owner(path);
    first.send('read');
    await once(first, 'message');
    mkdirSync(join(folder, 'copy'));
    for (const [tool, command] of COPIES)
      if (has(tool)) execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'pipe' });
    await expectRefusal(path, first);
  });

  test('keeps it while it is stopped', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const first = await owner(path);
    first.send('read');
    await once(first, 'message');
    first.kill('SIGSTOP');
    await expectRefusal(path, first);
    first.kill('SIGCONT');
  });

  test('has left it when it is killed', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const first = await owner(path);
    first.kill('SIGKILL');
    await once(first, 'exit');
    await opened(path);
  });

  test('keeps it from a process in another network namespace, as containers have', async (context) => {
    if (process.platform !== 'linux' || !isAllowed(NAMESPACE, ['--net', 'true']))
      return context.skip('only root can make a network namespace: run the tests as root for this one');
    const path = join(temporaryFolder(), 'store.db');
    const first = await owner(path);
    first.send('read');
    await once(first, 'message');
    const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
    const second = killedAtEnd(spawn(NAMESPACE, ['--net', process.execPath, program, path], { stdio: [...stdio] }));
    const [answer] = await once(second, 'message');
    expect(answer).toMatch(new RegExp(`is in use by process ${first.pid}`));
    await once(second, 'exit');
  });

  test('has a lock on a file alone where no socket can be, with a warning', async (context) => {
    // Without /proc, a path of this length has no address that a socket could have.
    const withoutProc = ['--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
    if (process.platform !== 'linux' || !isAllowed(NAMESPACE, [...withoutProc, 'true']))
      return context.skip('only root can take /proc away: run the tests as root for this one');
    const folder = join(temporaryFolder(), 'x'.repeat(120));
    mkdirSync(folder);
    const path = join(folder, 'store.db');
    const args = [...withoutProc, process.execPath, program, path];
    const first = killedAtEnd(spawn(NAMESPACE, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }));
    expect((await once(first, 'message'))[0]).toBe('store-lock-weak');
    await once(first, 'message');
    await expect(opened(path)).rejects.toThrow(/is in use by process/);
  });
});

function isAllowed(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, [...args], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
