/** A private Redis on a free port that writes nothing to disk, in a new folder that is removed after the test. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePort } from './free-port.ts';
import { launchRedis } from './redis-process.ts';

/** A server that is silent for so long does not answer any more. */
const SILENCE_MS = 2_000;

export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #login: string;
  readonly #settings: (folder: string) => readonly string[];
  #process: ChildProcess | null = null;
  readonly #killAtExit = (): void => void this.#process?.kill('SIGKILL');

  /** @param settings As on the command line of redis-server, such as `--requirepass`, `secret`. */
  static async start(...settings: readonly string[]): Promise<RedisServer> {
    const fixed = ['--save', '', '--appendonly', 'no'];
    const place = settings.indexOf('--requirepass');
    const login = place === -1 ? '' : `:${settings[place + 1]}@`;
    const server = new RedisServer(await freePort(), () => [...fixed, ...settings], login);
    await server.#begin();
    return server;
  }

  /** @param lines Of its configuration file, which a sentinel writes itself. */
  static async startSentinel(lines: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), (folder) => {
      const path = join(folder, 'sentinel.conf');
      writeFileSync(path, lines.join('\n'));
      return [path, '--sentinel'];
    });
    await server.#begin();
    return server;
  }

  private constructor(port: number, settings: (folder: string) => readonly string[], login = '') {
    this.port = port;
    this.#login = login;
    this.#settings = settings;
    this.#folder = mkdtempSync(join(tmpdir(), 'escapement-redis-'));
  }

  get url(): string {
    return `redis://${this.#login}127.0.0.1:${this.port}`;
  }

  /** Sends one command on a new connection, and resolves to its answer. */
  async command(...words: readonly string[]): Promise<unknown> {
    const socket = { reconnectStrategy: false, socketTimeout: SILENCE_MS } as const;
    const client = createClient({ url: this.url, RESP: 2, socket });
    // The driver does not settle every call when the connection ends.
    const failed = new Promise<never>((_resolve, reject) => client.on('error', reject));
    failed.catch(() => {});
    try {
      await Promise.race([client.connect(), failed]);
      return await Promise.race([client.sendCommand([...words]), failed]);
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

  async #begin(): Promise<void> {
    process.once('exit', this.#killAtExit);
    try {
      await this.#launch();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #launch(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    this.#process = await launchRedis([...this.#settings(this.#folder), ...place]);
  }
}
