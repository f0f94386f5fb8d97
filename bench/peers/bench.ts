import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Benchmark, missingThreadTime } from '../bench.ts';
import { compilePackage } from '../compiled.ts';
import { interleaved } from '../rounds.ts';
import { type Effort, measure, type Refusal, type Sample } from './measure.ts';
import { type ServerRoom, withServers } from './servers.ts';
import { type Summary, summaryOf, workloadPicture, workloadTable } from './tables.ts';
import { SYSTEM_NAMES, type SystemName, WORKLOADS, type Workload } from './workloads.ts';

const PACKAGES = fileURLToPath(new URL('../node_modules', import.meta.url));

/** The same work in every system, as its own documents recommend it, each in its own process. */
export const peersBenchmark: Benchmark = {
  name: 'peers',
  summary: 'the same work in ten other schedulers and queues, each as its documents recommend',
  missing: () => (existsSync(PACKAGES) ? missingThreadTime() : 'its packages are missing: run npm ci --prefix bench'),
  run: async ({ isQuick }) => {
    compilePackage();
    const rounds = isQuick ? 1 : 5;
    const effort: Effort = isQuick ? { durationMs: 2_000, repeats: 0 } : { durationMs: 10_000, repeats: 3 };
    const summaries = await withServers(async (room) => {
      const all: Summary[] = [];
      for (const workload of WORKLOADS) all.push(...(await measureAll(workload, rounds, effort, room)));
      return all;
    });
    return {
      parameters: { rounds, ...effort, workloads: WORKLOADS },
      figures: summaries,
      tables: WORKLOADS.map((workload) => workloadTable(workload, summaries)),
      pictures: Object.fromEntries(
        WORKLOADS.map((workload) => [`peers-${workload.name.toLowerCase()}.svg`, workloadPicture(workload, summaries)]),
      ),
    };
  },
};

async function measureAll(workload: Workload, rounds: number, effort: Effort, room: ServerRoom): Promise<Summary[]> {
  const variants = SYSTEM_NAMES.map((system) => [system, () => measure(system, workload, effort, room)] as const);
  const measured = await interleaved<SystemName, Sample | Refusal>(
    rounds,
    Object.fromEntries(variants) as Record<SystemName, () => Promise<Sample | Refusal>>,
  );
  return SYSTEM_NAMES.map((system) => summaryOf(system, workload, measured[system], measured.escapement));
}
