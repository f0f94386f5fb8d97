/** One process of a story, with a wall clock of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterJournalLine } from '../../fixtures/plugins/cluster-journal.ts';
import type { FakeClock } from './fake-clock.ts';
import type { AccountLine, ClockHostAnswer, ClockHostOptions, ClockHostQuestion } from './fixtures/clock-host.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/clock-host.ts', import.meta.url));
/** Sources are translated once, and not by every process. */
const COMPILE_CACHE = join(tmpdir(), `escapement-clocks-code-${process.pid}`);
process.on('exit', () => rmSync(COMPILE_CACHE, { recursive: true, force: true }));

/** The processes that live now. When the campaign is interrupted, none of them may stay. */
const live = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

export class HostProcess {
  readonly #child: ChildProcess;

  /** Resolves when its scheduler is running. Without a clock of its own it goes by that of the machine. */
  static async start(options: ClockHostOptions, clock: FakeClock | null): Promise<HostProcess> {
    const { NODE_OPTIONS: _ignored, ...env } = process.env;
    const child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { ...env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...clock?.environment() },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    live.add(child);
    child.once('exit', () => live.delete(child));
    const died = once(child, 'exit').then(([code]) => {
      throw new Error(`a host ended with ${code} before it had started`);
    });
    died.catch(() => {});
    await Promise.race([once(child, 'message'), died]);
    return new HostProcess(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async explain(instants: readonly (readonly [key: string, atMs: number])[]): Promise<ClockHostAnswer> {
    const answered = once(this.#child, 'message');
    this.#child.send({ explain: instants } satisfies ClockHostQuestion);
    const [answer] = (await answered) as [ClockHostAnswer];
    return answer;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.send('stop' satisfies ClockHostQuestion);
    const [code] = await exited;
    if (code !== 0) throw new Error(`a host did not stop in good order: ${code}`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

export function readJournal(path: string): ClusterJournalLine[] {
  return linesOf(path);
}

export function readAccount(path: string): AccountLine[] {
  return linesOf(path);
}

function linesOf<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]));
}
