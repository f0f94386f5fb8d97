/** What every benchmark is and gives; `run.ts` runs them. */

/** How the command line asked for it. */
export interface BenchOptions {
  /** A shorter run, for a first look: its figures are coarse. */
  readonly isQuick: boolean;
}

/** One table for people. The first column names the row. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What a benchmark measured. */
export interface BenchReport {
  /** What it was run with: enough to repeat it. */
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
  run(options: BenchOptions): Promise<BenchReport>;
}
