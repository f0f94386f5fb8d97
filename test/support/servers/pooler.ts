/** A private pgbouncer in transaction mode: two statements of one client may run in two sessions of the server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { collected, type PostgresServer, serverFolder, serverUser } from './postgres-server.ts';

const PLACES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'];

/** The path of pgbouncer, or null if it is not installed. */
export function poolerBinary(): string | null {
  return PLACES.find((place) => existsSync(place)) ?? null;
}

export class Pooler {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #killAtExit = (): void => void this.#process.kill('SIGQUIT');

  static async start(server: Pick<PostgresServer, 'port'>): Promise<Pooler> {
    const binary = poolerBinary();
    if (binary === null) throw new Error('pgbouncer is not on this machine: install it.');
    const folder = serverFolder('pooler');
    const port = await freePort();
    writeFileSync(join(folder, 'users.txt'), '"postgres" ""\n');
    writeFileSync(join(folder, 'pgbouncer.ini'), configuration(folder, port, server.port));
    const child = spawn(binary, [join(folder, 'pgbouncer.ini')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...serverUser(),
    });
    const log = collected(child);
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', () => log().includes('process up') && resolve());
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`pgbouncer did not start:\n${log()}`)));
    });
    return new Pooler(folder, port, child);
  }

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.#folder = folder;
    this.port = port;
    this.#process = child;
    process.once('exit', this.#killAtExit);
  }

  get connectionString(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGQUIT');
    await exited;
    process.off('exit', this.#killAtExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Ignores no start-up parameter, so that a parameter which a client must not send is refused. */
function configuration(folder: string, port: number, serverPort: number): string {
  return `
[databases]
postgres = host=127.0.0.1 port=${serverPort} dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 100
server_login_retry = 1
`;
}
