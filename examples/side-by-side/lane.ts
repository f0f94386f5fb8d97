import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Load } from './measuring/load.ts';
import { StartJournal } from './measuring/start-journal.ts';
import { UsageJournal } from './measuring/usage.ts';
import type { Command, LaneSettings, Report, ReportOf } from './server/messages.ts';
import { MARKS_DESCRIPTOR, type StartMark } from './server/start-mark.ts';

const STOP_LIMIT_MS = 3_000;
const SEED = 7;

export type LaneName = 'node-cron' | 'Escapement';

/** One of the two servers, and what is known about it. It may be killed and started again. */
export class Lane {
  readonly name: LaneName;
  readonly journal = new StartJournal();
  readonly usage = new UsageJournal();
  readonly load = new Load(SEED, () => this.url);
  /** The server's address, or null while there is none. */
  url: string | null = null;
  /** What is wrong with it at present, in a few words; empty if nothing is. */
  trouble = '';
  readonly #entry: URL;
  readonly #settings: LaneSettings;
  readonly #reports = new EventEmitter();
  #process: ChildProcess | null = null;
  #isStopped = false;

  constructor(name: LaneName, entry: string, settings: LaneSettings) {
    this.name = name;
    this.#entry = new URL(entry, import.meta.url);
    this.#settings = settings;
  }

  /**
   * Starts the server in a process of its own. Resolves when it answers.
   * @throws Error that says where its output is, if it ends before, and always after `stop()`.
   */
  async start(): Promise<ReportOf<'ready'>> {
    if (this.#isStopped) throw new Error(`The lane of ${this.name} was stopped.`);
    const output = join(this.#settings.folder, `${this.name}.log`);
    const descriptor = openSync(output, 'a');
    const child = fork(this.#entry, [JSON.stringify(this.#settings)], {
      stdio: ['ignore', descriptor, descriptor, 'ipc', 'pipe'],
      // A server that starts again need not compile its code again.
      env: { NODE_COMPILE_CACHE: join(this.#settings.folder, 'compile-cache'), ...process.env },
    });
    closeSync(descriptor);
    this.#process = child;
    const marks = createInterface({ input: child.stdio[MARKS_DESCRIPTOR] as Readable });
    marks.on('line', (line) => this.journal.add(JSON.parse(line) as StartMark));
    child.on('message', (report: Report) => this.#heard(report));
    child.once('exit', () => this.#ended());
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`The server of ${this.name} ended with ${signal ?? `code ${code}`}. Its output is in ${output}.`);
    });
    const report = await Promise.race([this.#next('ready'), ended]);
    this.url = report.url;
    this.trouble = '';
    return report;
  }

  send(command: Command): void {
    // A process that has just died takes no commands, and its end is reported in another way.
    this.#process?.send(command, () => undefined);
  }

  /** Sends a command and resolves to the report that answers it, or to null if none comes within the limit. */
  async ask<K extends Report['kind']>(command: Command, kind: K, limitMs: number): Promise<ReportOf<K> | null> {
    const answer = this.#next(kind, AbortSignal.timeout(limitMs)).catch(() => null);
    this.send(command);
    return await answer;
  }

  /** As `kill -9` does: nothing in the process can notice. Resolves when it has ended. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Ends the load and the server, if need be by force. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.load.stop();
    const child = this.#process;
    if (child === null) return;
    const exited = once(child, 'exit');
    const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    this.send({ do: 'stop' });
    await exited;
    clearTimeout(limit);
  }

  #heard(report: Report): void {
    if (report.kind === 'usage') this.usage.add(report.cpuMs, report.residentMb);
    this.#reports.emit(report.kind, report);
  }

  #ended(): void {
    this.#process = null;
    this.url = null;
    this.trouble = 'its process is dead';
    this.usage.startAnew();
  }

  async #next<K extends Report['kind']>(kind: K, signal?: AbortSignal): Promise<ReportOf<K>> {
    const [report] = (await once(this.#reports, kind, signal && { signal })) as [ReportOf<K>];
    return report;
  }
}
