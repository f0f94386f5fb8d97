import { backlogBenchmark } from './backlog/bench.ts';
import type { Benchmark } from './bench.ts';
import { clockSleepBenchmark } from './clock-sleep/bench.ts';
import { clusterClockBenchmark } from './cluster-clock/bench.ts';
import { consoleBenchmark } from './console/bench.ts';
import { consoleListsBenchmark } from './console-lists/bench.ts';
import { fuelBenchmark } from './fuel/bench.ts';
import { guestsBenchmark } from './guests/bench.ts';
import { herdBenchmark } from './herd/bench.ts';
import { hostBenchmark } from './host/bench.ts';
import { idleBenchmark } from './idle/bench.ts';
import { isolationBenchmark } from './isolation/bench.ts';
import { lockOperationsBenchmark } from './lock-operations/bench.ts';
import { peersBenchmark } from './peers/bench.ts';
import { piecesBenchmark } from './pieces/bench.ts';
import { serverCallsBenchmark } from './server-calls/bench.ts';
import { startBenchmark } from './start/bench.ts';
import { storeBenchmark } from './store/bench.ts';
import { tenantsBenchmark } from './tenants/bench.ts';
import { throughputBenchmark } from './throughput/bench.ts';
import { tickLatencyBenchmark } from './tick-latency/bench.ts';
import { virtualYearBenchmark } from './virtual-year/bench.ts';

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  clockSleepBenchmark,
  piecesBenchmark,
  fuelBenchmark,
  isolationBenchmark,
  guestsBenchmark,
  startBenchmark,
  idleBenchmark,
  hostBenchmark,
  consoleBenchmark,
  consoleListsBenchmark,
  throughputBenchmark,
  herdBenchmark,
  tenantsBenchmark,
  storeBenchmark,
  backlogBenchmark,
  tickLatencyBenchmark,
  lockOperationsBenchmark,
  serverCallsBenchmark,
  clusterClockBenchmark,
  virtualYearBenchmark,
  peersBenchmark,
];
