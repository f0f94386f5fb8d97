/** `npm run bench -- [name…] [--quick] [--list]`: runs all benchmarks or the named ones, one after another. */
import { parseArgs } from 'node:util';
import { backlogBenchmark } from './backlog/bench.ts';
import type { Benchmark } from './bench.ts';
import { clockSleepBenchmark } from './clock-sleep/bench.ts';
import { clusterClockBenchmark } from './cluster-clock/bench.ts';
import { herdBenchmark } from './herd/bench.ts';
import { hostBenchmark } from './host/bench.ts';
import { idleBenchmark } from './idle/bench.ts';
import { isolationBenchmark } from './isolation/bench.ts';
import { lockOperationsBenchmark } from './lock-operations/bench.ts';
import { peersBenchmark } from './peers/bench.ts';
import { piecesBenchmark } from './pieces/bench.ts';
import { tableText, writeResults } from './results.ts';
import { serverCallsBenchmark } from './server-calls/bench.ts';
import { startBenchmark } from './start/bench.ts';
import { storeBenchmark } from './store/bench.ts';
import { throughputBenchmark } from './throughput/bench.ts';
import { tickLatencyBenchmark } from './tick-latency/bench.ts';
import { virtualYearBenchmark } from './virtual-year/bench.ts';

const BENCHMARKS: readonly Benchmark[] = [
  clockSleepBenchmark,
  piecesBenchmark,
  isolationBenchmark,
  startBenchmark,
  idleBenchmark,
  hostBenchmark,
  throughputBenchmark,
  herdBenchmark,
  storeBenchmark,
  backlogBenchmark,
  tickLatencyBenchmark,
  lockOperationsBenchmark,
  serverCallsBenchmark,
  clusterClockBenchmark,
  virtualYearBenchmark,
  peersBenchmark,
];

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
  const report = await benchmark.run({ isQuick: values.quick });
  for (const table of report.tables) console.log(`\n${tableText(table)}`);
  console.log(`\nwritten to bench/results/: ${writeResults(benchmark, report).join(', ')}`);
}
