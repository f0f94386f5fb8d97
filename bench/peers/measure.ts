import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { askProcess } from '../ask-process.ts';
import { DIST } from '../compiled.ts';
import { distribution } from '../distribution.ts';
import { PERIOD_MS, readStarts } from '../tick-latency/load.ts';
import type { ServerRoom } from './servers.ts';
import type { SystemName, Workload } from './workloads.ts';

const PROCESS = new URL('./peer-process.mjs', import.meta.url);
/** A system that has not done its work by then never will. */
const LIMIT_MS = 120_000;
const THREADS = 2;
/** A measurement during which other processes used more of the machine than this is repeated. */
const FOREIGN_SHARE = 0.1;

export interface Effort {
  readonly durationMs: number;
  /** How often a measurement is repeated because of foreign load, before it is taken as it is. */
  readonly repeats: number;
}

/** What one measurement gave, by name: milliseconds, bytes, runs. */
export interface Sample {
  readonly values: Readonly<Record<string, number>>;
  /** Cores that other processes kept busy meanwhile. Null if nobody looked. */
  readonly foreignCores: number | null;
  /** How many measurements before it were discarded because of foreign load. */
  readonly discarded: number;
  readonly isNoisy: boolean;
}

/** A system cannot do the workload, for a reason. */
export interface Refusal {
  readonly cannot: string;
}

interface Answer {
  readonly cannot?: string;
  readonly foreignCores?: number;
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly runs?: number;
  readonly elapsedMs?: number;
  readonly treeCpuMs?: number | null;
  readonly treeBytes?: number | null;
  readonly schedules?: number;
  readonly firstRunMs?: number;
}

/** Measures until there was little foreign load, or as often as the effort allows. */
export async function measure(
  system: SystemName,
  workload: Workload,
  effort: Effort,
  room: ServerRoom,
): Promise<Sample | Refusal> {
  for (let discarded = 0; ; discarded += 1) {
    const measured = await measureOnce(system, workload, effort, room);
    if ('cannot' in measured) return measured;
    const isNoisy = (measured.foreignCores ?? 0) > FOREIGN_SHARE * availableParallelism();
    if (!isNoisy || discarded === effort.repeats) return { ...measured, discarded, isNoisy };
  }
}

type Measured = Pick<Sample, 'values' | 'foreignCores'>;

async function measureOnce(
  system: SystemName,
  workload: Workload,
  effort: Effort,
  room: ServerRoom,
): Promise<Measured | Refusal> {
  if (workload.kind !== 'memory') return measureProcess(system, workload, effort, room);
  const many = await measureProcess(system, workload, effort, room);
  if ('cannot' in many) return many;
  const one = await measureProcess(system, { ...workload, schedules: 1 }, effort, room);
  if ('cannot' in one) return one;
  const difference = (name: string): number => (many.values[name] ?? 0) - (one.values[name] ?? 0);
  return {
    values: {
      bytesPerSchedule: difference('treeBytes') / difference('schedules'),
      bytesOfOne: one.values['treeBytes'] ?? 0,
    },
    foreignCores: Math.max(many.foreignCores ?? 0, one.foreignCores ?? 0),
  };
}

async function measureProcess(
  system: SystemName,
  workload: Workload,
  { durationMs }: Effort,
  room: ServerRoom,
): Promise<Measured | Refusal> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-bench-'));
  const file = join(folder, 'runs');
  writeFileSync(file, '');
  const request = {
    system,
    workload,
    file,
    durationMs,
    schedules: workload.schedules,
    workMs: workload.workMs,
    threads: THREADS,
    count: { least: 20, most: 500_000 },
    servers: await room.fresh(),
    entry: new URL('index.js', DIST).href,
  };
  try {
    const answer = await askProcess<Answer>(PROCESS, request, LIMIT_MS);
    if (answer.cannot !== undefined) return { cannot: answer.cannot };
    return { values: valuesOf(answer, workload, file), foreignCores: answer.foreignCores ?? null };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function valuesOf(answer: Answer, workload: Workload, file: string): Record<string, number> {
  if (workload.kind === 'lateness') return latenessOf(answer, workload, file);
  const { runs, elapsedMs, treeCpuMs, treeBytes, schedules, firstRunMs } = answer;
  const perThousand = runs === undefined ? null : 1_000 / runs;
  const values = {
    runsPerSecond: runs === undefined ? null : (runs / (elapsedMs ?? 0)) * 1_000,
    cpuMsPerThousand: perThousand === null || treeCpuMs == null ? null : treeCpuMs * perThousand,
    treeBytes,
    schedules,
    firstRunMs,
  };
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value == null ? [] : [[name, value]])));
}

/** An occurrence that starts after the measured time does not count as one that ran in it. */
function latenessOf(
  { fromMs = 0, untilMs = 0 }: Answer,
  { schedules }: Workload,
  file: string,
): Record<string, number> {
  const starts = readStarts(file).filter(
    ({ scheduledAtMs, startedAtMs }) => scheduledAtMs >= fromMs && scheduledAtMs < untilMs && startedAtMs < untilMs,
  );
  const ran = new Set(starts.map(({ schedule, scheduledAtMs }) => `${schedule}@${scheduledAtMs}`)).size;
  const { p50, p99 } = distribution(starts.map(({ scheduledAtMs, startedAtMs }) => startedAtMs - scheduledAtMs));
  const ranShare = ran / (Math.round((untilMs - fromMs) / PERIOD_MS) * schedules);
  return { ranShare, ...(starts.length > 0 && { p50Ms: p50, p99Ms: p99 }) };
}
