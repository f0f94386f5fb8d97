import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startConsole } from '../../support/console-harness.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

describe('the socket', () => {
  test('is usable by its owner alone, needs no token, and is gone with the console', async () => {
    const socket = join(temporaryFolder(), 'jobs.sock');
    const running = await startConsole({ socket, token: 'a-token-that-the-socket-ignores' });
    const status = lstatSync(socket);
    expect([status.isSocket(), status.mode & 0o777]).toEqual([true, 0o600]);
    const session = await running.ask('/api/session', { socketPath: socket, headers: { host: 'anything' } });
    expect(session.json()).toMatchObject({ name: 'socket', canAct: true });
    expect((await running.ask('/api/session')).status).toBe(401);
    await running.close();
    expect(existsSync(socket)).toBe(false);
  });

  test('takes the place of one on which nobody answers', async () => {
    const socket = join(temporaryFolder(), 'jobs.sock');
    await leaveDeadSocket(socket);
    const running = await startConsole({ port: null, socket });
    expect(running.socket).toBe(socket);
    expect((await running.ask('/healthz', { socketPath: socket })).status).toBe(200);
  });

  test('does not take the place of one on which somebody answers', async () => {
    const socket = join(temporaryFolder(), 'jobs.sock');
    const first = await startConsole({ port: null, socket });
    await expect(startConsole({ port: null, socket })).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_BACKEND',
      message: expect.stringContaining('another process listens there already'),
    });
    expect((await first.ask('/healthz', { socketPath: socket })).status).toBe(200);
  });

  test('never touches what is not a socket', async () => {
    const folder = temporaryFolder();
    const [file, link, dangling, inside] = ['file', 'link', 'dangling', 'folder'].map((name) => join(folder, name));
    writeFileSync(file as string, 'precious');
    symlinkSync(file as string, link as string);
    symlinkSync(join(folder, 'nothing'), dangling as string);
    mkdirSync(inside as string);
    for (const socket of [file, link, dangling, inside] as string[]) {
      await expect(startConsole({ port: null, socket })).rejects.toThrow('something that is not a socket is there');
    }
    expect(readFileSync(file as string, 'utf8')).toBe('precious');
    expect(lstatSync(link as string).isSymbolicLink()).toBe(true);
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });

  test('leaves alone what has taken its place by the time it ends', async () => {
    const socket = join(temporaryFolder(), 'jobs.sock');
    const running = await startConsole({ port: null, socket });
    rmSync(socket);
    writeFileSync(socket, 'of somebody else');
    await running.close();
    expect(readFileSync(socket, 'utf8')).toBe('of somebody else');
  });

  test('says that its path cannot be used, and leaves nothing open', async () => {
    const folder = temporaryFolder();
    await expect(startConsole({ socket: join(folder, 'x'.repeat(120), 'jobs.sock') })).rejects.toThrow('jobs.sock');
    mkdirSync(join(folder, 'y'.repeat(100)));
    await expect(startConsole({ socket: join(folder, 'y'.repeat(100), 'jobs.sock') })).rejects.toThrow(
      'the path is too long',
    );
    // A file with such a name can be made, but nobody could connect to it.
    await expect(startConsole({ socket: join(folder, 'z'.repeat(110)) })).rejects.toThrow('the path is too long');
  });

  test('may have a path as long as a socket allows, however short its own name is', async () => {
    const folder = temporaryFolder();
    const socket = join(folder, 'y'.repeat(103 - folder.length - '//a.console'.length), 'a.console');
    expect(socket).toHaveLength(103);
    mkdirSync(dirname(socket));
    const running = await startConsole({ port: null, socket });
    expect((await running.ask('/healthz', { socketPath: socket })).status).toBe(200);
  });
});

describe('the port', () => {
  test('that is taken is an error', async () => {
    const running = await startConsole();
    const port = Number(new URL(running.url).port);
    await expect(startConsole({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('is closed at once, however many connections are open', async () => {
    const running = await startConsole();
    const idle = connect(Number(new URL(running.url).port), '127.0.0.1');
    idle.on('error', () => {});
    await once(idle, 'connect');
    const gone = once(idle, 'close');
    await running.close();
    await gone;
  });
});

/** A socket file whose server ended without removing it. */
async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer();
  server.listen(`${path}-before`);
  await once(server, 'listening');
  renameSync(`${path}-before`, path);
  chmodSync(path, 0o600);
  await new Promise((resolve) => server.close(resolve));
}
