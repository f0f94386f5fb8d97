/** `npm run bench -- [name…] [--quick] [--list]`: runs all benchmarks or the named ones, one after another. */
import { parseArgs } from 'node:util';
import type { Benchmark } from './bench.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { tableText, writeResults } from './results.ts';

// Processes of a benchmark are killed when this one exits, and not by a signal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const unknown = positionals.filter((name) => !BENCHMARKS.some((each) => each.name === name));
if (values.list || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no benchmark "${name}".`);
  for (const { name, summary } of BENCHMARKS) console.log(`${name.padEnd(17)}${summary}`);
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else {
  const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const benchmark of chosen) await runOne(benchmark);
}

async function runOne(benchmark: Benchmark): Promise<void> {
  console.log(`\n${benchmark.name}: ${benchmark.summary}`);
  const missing = benchmark.missing?.() ?? null;
  if (missing !== null) {
    console.log(`not measured: ${missing}`);
    if (positionals.includes(benchmark.name)) process.exitCode = 2;
    return;
  }
  const options = { isQuick: values.quick };
  const report = await benchmark.run(options);
  for (const table of report.tables) console.log(`\n${tableText(table)}`);
  console.log(`\nwritten to bench/results/: ${writeResults(benchmark, options, report).join(', ')}`);
}
