/** The shape of a benchmark and of its report. `run.ts` runs them all. */

/** How a benchmark was asked to run. */
export interface BenchOptions {
  /** Whether to run for a shorter time, for a first look. The figures are coarse then. */
  readonly isQuick: boolean;
}

/** One table to read. The first column names the row. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What a benchmark measured. */
export interface BenchReport {
  /** The parameters of the run, enough to repeat it. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The figures, for programs. */
  readonly figures: unknown;
  readonly tables: readonly Table[];
  /** SVG by file name. */
  readonly pictures?: Readonly<Record<string, string>>;
}

/** One benchmark. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** Why it cannot run here, or null. */
  missing?(): string | null;
  run(options: BenchOptions): Promise<BenchReport>;
}

/** Why a benchmark cannot run here whose jobs each use up an amount of CPU time, or null. */
export function missingThreadTime(): string | null {
  return 'threadCpuUsage' in process ? null : 'its jobs measure the CPU time of their thread, which needs Node 24';
}
