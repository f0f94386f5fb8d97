/** A private Redis on a free port that writes nothing to disk, in a new folder that is removed after the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createClient } from 'redis';
import { freePort } from './free-port.ts';

const PLACES = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** The path of redis-server, or null if it is not installed. */
export function redisBinary(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...PLACES];
  return folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path)) ?? null;
}

export class RedisServer {
  readonly port: number;
  readonly #binary: string;
  readonly #folder: string;
  readonly #settings: readonly string[];
  #process: ChildProcess | null = null;
  readonly #killAtExit = (): void => void this.#process?.kill('SIGKILL');

  /** @param settings As on the command line of redis-server, such as `--requirepass`, `secret`. */
  static async start(...settings: readonly string[]): Promise<RedisServer> {
    const binary = redisBinary();
    if (binary === null) throw new Error('redis-server is not on this machine: install it.');
    const server = new RedisServer(binary, await freePort(), settings);
    await server.#launch();
    process.once('exit', server.#killAtExit);
    return server;
  }

  private constructor(binary: string, port: number, settings: readonly string[]) {
    this.#binary = binary;
    this.port = port;
    this.#settings = settings;
    this.#folder = mkdtempSync(join(tmpdir(), 'escapement-redis-'));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Sends one command on a new connection, and resolves to its answer. */
  async command(...words: readonly string[]): Promise<unknown> {
    const client = createClient({ url: this.url, RESP: 2 });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand([...words]);
    } finally {
      client.destroy();
    }
  }

  /** Kills the server and starts an empty one. */
  async restart(): Promise<void> {
    await this.halt();
    await this.#launch();
  }

  /** Kills the server; `restart` brings it back. */
  async halt(): Promise<void> {
    const running = this.#process;
    if (running === null) return;
    this.#process = null;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  /** Freezes the server: nothing is answered, and the connections stay open. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.halt();
    process.off('exit', this.#killAtExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #launch(): Promise<void> {
    const fixed = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn(this.#binary, [...fixed, '--dir', this.#folder, ...this.#settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    await new Promise<void>((resolve, reject) => {
      const look = (piece: Buffer): void => {
        log = (log + piece.toString()).slice(-20_000);
        if (log.includes('Ready to accept connections')) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`redis-server did not start:\n${log}`)));
    });
    this.#process = child;
  }
}
