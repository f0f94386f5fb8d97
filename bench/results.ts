import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { Benchmark, BenchReport, Table } from './bench.ts';

const FOLDER = new URL('./results/', import.meta.url);

/** Writes `results/<name>.json` and the pictures. Returns the names of the files. */
export function writeResults({ name, summary }: Benchmark, report: BenchReport): string[] {
  const { parameters, figures, pictures = {} } = report;
  const result = { name, summary, measuredAt: new Date().toISOString(), machine: machine(), parameters, figures };
  const files = { [`${name}.json`]: `${JSON.stringify(result, null, 2)}\n`, ...pictures };
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(new URL(file, FOLDER), text);
  return Object.keys(files);
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
