/** One process of redis-server, as a server or as a sentinel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PLACES = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const READY = ['Ready to accept connections', 'Sentinel ID is'];

/** The path of redis-server, or null if it is not installed. */
export function redisBinary(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...PLACES];
  return folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path)) ?? null;
}

/** Resolves when the process accepts connections. */
export async function launchRedis(args: readonly string[]): Promise<ChildProcess> {
  const binary = redisBinary();
  if (binary === null) throw new Error('redis-server is not on this machine: install it.');
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const look = (piece: Buffer): void => {
      log = (log + piece.toString()).slice(-20_000);
      if (READY.some((line) => log.includes(line))) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`redis-server did not start:\n${log}`)));
  });
  return child;
}
