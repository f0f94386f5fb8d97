import type { Phase } from './phases.ts';

/** What a lane uses of the machine. */
export interface UsageFigures {
  /** How many cores its threads kept busy on average; null if nothing was measured. */
  readonly cores: number | null;
  /** The most memory that was seen, in MiB. */
  readonly residentMb: number;
}

interface Sample {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly cpuMs: number;
}

/** Collects what the processes of a lane report about themselves. */
export class UsageJournal {
  readonly #samples: Sample[] = [];
  #last: { readonly atMs: number; readonly cpuMs: number } | null = null;
  #residentMb = 0;

  /** `cpuMs` counts from the start of the process. */
  add(cpuMs: number, residentMb: number): void {
    const atMs = Date.now();
    const last = this.#last;
    if (last !== null) this.#samples.push({ fromMs: last.atMs, untilMs: atMs, cpuMs: cpuMs - last.cpuMs });
    this.#last = { atMs, cpuMs };
    this.#residentMb = Math.max(this.#residentMb, residentMb);
  }

  /** The next report comes from another process. */
  startAnew(): void {
    this.#last = null;
  }

  figures(sinceMs: number, phase: Phase): UsageFigures {
    const counted = this.#samples.filter(({ fromMs, untilMs }) => fromMs >= sinceMs && phase(fromMs) && phase(untilMs));
    const forMs = counted.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
    const cpuMs = counted.reduce((sum, sample) => sum + sample.cpuMs, 0);
    return { cores: forMs === 0 ? null : cpuMs / forMs, residentMb: this.#residentMb };
  }
}
