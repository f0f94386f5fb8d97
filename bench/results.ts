import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { Benchmark, BenchOptions, BenchReport, Table } from './bench.ts';

export const RESULTS = new URL('./results/', import.meta.url);

/** `results/<name>.json`. */
export interface Result {
  readonly name: string;
  readonly summary: string;
  readonly measuredAt: string;
  /** Its figures are coarse, so they are not for the document. */
  readonly isQuick: boolean;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly figures: unknown;
  readonly tables: readonly Table[];
  /** Names of SVG files beside it. */
  readonly pictures: readonly string[];
}

/** Writes `results/<name>.json` and the pictures. Returns the names of the files. */
export function writeResults({ name, summary }: Benchmark, { isQuick }: BenchOptions, report: BenchReport): string[] {
  const { parameters, figures, tables, pictures = {} } = report;
  const result: Result = {
    name,
    summary,
    measuredAt: new Date().toISOString(),
    isQuick,
    machine: machine(),
    parameters,
    figures,
    tables,
    pictures: Object.keys(pictures),
  };
  const files = { [`${name}.json`]: `${JSON.stringify(result, null, 2)}\n`, ...pictures };
  mkdirSync(RESULTS, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(new URL(file, RESULTS), text);
  return Object.keys(files);
}

/** Null if the benchmark was not run yet, or only by a version that wrote its results in another form. */
export function readResult(name: string): Result | null {
  const file = new URL(`${name}.json`, RESULTS);
  if (!existsSync(file)) return null;
  const result = JSON.parse(readFileSync(file, 'utf8')) as Partial<Result>;
  return result.tables === undefined || result.pictures === undefined ? null : (result as Result);
}

/** The table as aligned text, with numbers to the right. */
export function tableText({ title, columns, rows }: Table): string {
  const cells = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  '),
  );
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

function machine(): Record<string, string | number> {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadAverage1m: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
