import type { Socket } from 'node:net';
import type { WorkerUsage } from '../../worker-task.ts';

/** An answer is shorter than this. */
const MAX_ANSWER_LENGTH = 256;

/**
 * What a child's watchdog says that the child uses: for systems whose accounts the pool cannot read. The watchdog is a
 * thread of its own, so it answers while the plugin loops. What the plugin has started is not in it.
 */
export class ReportedUsage {
  readonly #lifeline: Socket;
  #asking: ((usage: WorkerUsage | null) => void)[] = [];
  #text = '';
  #baselineBytes: number | null = null;
  #residentBytes = 0;

  constructor(lifeline: Socket) {
    this.#lifeline = lifeline;
    lifeline.on('data', (bytes: Buffer) => this.#heard(bytes.toString('latin1')));
    lifeline.once('close', () => this.#answer(null));
  }

  /** Resolves to null when the child has exited. */
  look(): Promise<WorkerUsage | null> {
    return new Promise((resolve) => {
      if (this.#lifeline.destroyed) {
        resolve(null);
        return;
      }
      this.#asking.push(resolve);
      if (this.#asking.length === 1) this.#lifeline.write('?');
    });
  }

  heldNow(): null {
    return null;
  }

  /** What it held when it was last asked. It is asked anew for the next time. */
  heldBytes(): number {
    void this.look();
    return this.#residentBytes;
  }

  #heard(text: string): void {
    this.#text = (this.#text + text).slice(-MAX_ANSWER_LENGTH);
    const end = this.#text.lastIndexOf('\n');
    if (end === -1) return;
    const line = this.#text.slice(this.#text.lastIndexOf('\n', end - 1) + 1, end);
    this.#text = '';
    this.#answer(this.#usageOf(line));
  }

  #usageOf(line: string): WorkerUsage | null {
    const [, cpuMs, residentBytes] = /^\{"cpuMs":([\d.]+),"residentBytes":(\d+)\}$/.exec(line) ?? [];
    if (cpuMs === undefined) return null;
    this.#residentBytes = Number(residentBytes);
    this.#baselineBytes ??= this.#residentBytes;
    return { cpuMs: Number(cpuMs), heapBytes: Math.max(this.#residentBytes - this.#baselineBytes, 0) };
  }

  #answer(usage: WorkerUsage | null): void {
    for (const resolve of this.#asking.splice(0)) resolve(usage);
  }
}
