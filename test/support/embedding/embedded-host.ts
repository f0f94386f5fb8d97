/** A program with a scheduler in it, in a process of its own: the test asks it over HTTP, and ends it by a signal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { HistoryRecord } from '../../../src/index.ts';

/** No test waits longer for a process. */
const LIMIT_MS = 110_000;
/** What the clocks of two threads may differ by. */
const MARGIN_MS = 50;

export interface HostStart {
  /** Node's arguments: flags, the program and what it takes. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export class EmbeddedHost {
  /** The address that it has printed. */
  readonly url: URL;
  readonly #child: ChildProcess;
  readonly #ending: Promise<Ending>;

  private constructor(child: ChildProcess, url: URL, ending: Promise<Ending>) {
    this.url = url;
    this.#child = child;
    this.#ending = ending;
  }

  /** Resolves when it has printed its address. Rejects with what it wrote to stderr if it ends before. */
  static async start({ args, cwd, env }: HostStart): Promise<EmbeddedHost> {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, PORT: '0', ...env },
      ...(cwd !== undefined && { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const address = Promise.withResolvers<URL>();
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const [found] = /http:\/\/\S+/.exec(stdout) ?? [];
      if (found !== undefined) address.resolve(new URL(found));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ending = once(child, 'close').then(([code, signal]): Ending => {
      address.reject(new Error(`The program ended before it listened: ${stdout}${stderr}`));
      return { code, signal, stderr };
    });
    return new EmbeddedHost(child, await address.promise, ending);
  }

  /**
   * Keeps its main thread busy, again and again, until a run has begun and ended meanwhile. Resolves to that run.
   * @param runsPath Where it says what has run, newest first.
   */
  async runWhileBlocked(runsPath: string, headers: Record<string, string> = {}): Promise<HistoryRecord> {
    for (;;) {
      const { fromMs, toMs } = await this.#get<{ fromMs: number; toMs: number }>('/heavy', headers);
      const { runs } = await this.#get<{ runs: readonly HistoryRecord[] }>(runsPath, headers);
      const run = runs.find(
        ({ startedAtMs = 0, finishedAtMs = Number.POSITIVE_INFINITY }) =>
          startedAtMs > fromMs + MARGIN_MS && finishedAtMs < toMs - MARGIN_MS,
      );
      if (run !== undefined) return run;
    }
  }

  /** Sends it the signal, and waits for its end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.#child.kill(signal);
    return this.#ending;
  }

  async #get<Answer>(path: string, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(new URL(path, this.url), { headers: { ...headers, connection: 'close' } });
    return (await response.json()) as Answer;
  }
}
