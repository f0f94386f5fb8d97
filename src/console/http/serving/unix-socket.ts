/**
 * Listening on a Unix socket whose file only its owner can use. Between the creation of the file and the change of its
 * mode anybody could connect, so it is created in a folder that only we can enter, and linked to its place when it is
 * safe. Linking replaces nothing: what stands in that place and is not a dead socket of ours stays there.
 */
import { once } from 'node:events';
import { chmodSync, linkSync, lstatSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { BackendError } from '../../../errors.ts';

/** What the system keeps of a path, without the byte that ends it. */
const MAX_PATH_BYTES = 103;
const ANSWER_LIMIT_MS = 2_000;
const IS_WINDOWS = process.platform === 'win32';

/** Resolves to how to remove the file again. Rejects if the path is taken, or cannot be used. */
export async function listenOnSocket(server: Server, path: string): Promise<() => void> {
  if (IS_WINDOWS) {
    await listen(server, path);
    return () => {};
  }
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw tooLong(path);
  await removeDeadSocket(path);
  try {
    await listenUnseen(server, path);
  } catch (error) {
    server.close();
    throw error instanceof BackendError ? error : refused(path, reasonOf(error), error);
  }
  const { ino, dev } = lstatSync(path);
  return () => {
    const now = lstatSync(path, { throwIfNoEntry: false });
    if (now?.isSocket() && now.ino === ino && now.dev === dev) rmSync(path, { force: true });
  };
}

async function listenUnseen(server: Server, path: string): Promise<void> {
  // The shortest name, because a path to it must not be longer than `path` may be.
  const folder = mkdtempSync(`${dirname(path)}/.`);
  try {
    const early = join(folder, 's');
    if (Buffer.byteLength(early) > MAX_PATH_BYTES) throw tooLong(path);
    await listen(server, early);
    chmodSync(early, 0o600);
    linkSync(early, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen({ path });
  await once(server, 'listening');
}

async function removeDeadSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  // A link, a file, a folder: whoever put it there did not mean us.
  if (!found.isSocket()) throw refused(path, 'something that is not a socket is there already');
  if (await isAnswered(path)) throw refused(path, 'another process listens there already');
  rmSync(path, { force: true });
}

/** Whether somebody listens, or may. Only a refused connection says for certain that nobody does. */
async function isAnswered(path: string): Promise<boolean> {
  const socket = connect({ path, timeout: ANSWER_LIMIT_MS });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('timeout', () => resolve(true));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
    });
  } finally {
    socket.destroy();
  }
}

function tooLong(path: string): BackendError {
  return refused(path, `the path is too long for a socket, which may have ${MAX_PATH_BYTES} bytes`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refused(path: string, reason: string, cause?: unknown): BackendError {
  return new BackendError(`console socket ${basename(path)}`, `${path}: ${reason}`, { cause });
}
