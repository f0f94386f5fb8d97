import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision, RunRecord } from '../../src/index.ts';
import { askProcess } from '../ask-process.ts';
import type { CpuUse } from '../foreign-load.ts';
import { type LoadParameters, readStarts, type Start } from './load.ts';

const PROCESS = new URL('./phase-process.ts', import.meta.url);

/** The schedulers that are measured. */
export type SystemName = 'escapement' | 'node-cron' | 'node-cron background' | 'croner';

/** Sent to the phase's process. */
export interface PhaseRequest {
  readonly system: SystemName;
  readonly parameters: LoadParameters;
  /** The file to which runs are appended. */
  readonly file: string;
}

/** Sent by the phase's process. Occurrences in [fromMs, untilMs) count. */
export interface PhaseResult {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly cpu: CpuUse;
  readonly records: readonly RunRecord[];
  readonly decisions: readonly Decision[];
}

/** A phase with all runs that its work wrote. */
export interface Phase extends PhaseResult {
  readonly system: SystemName;
  readonly parameters: LoadParameters;
  readonly starts: readonly Start[];
}

/** Runs one system under one load in a separate process. */
export async function runPhase(system: SystemName, parameters: LoadParameters): Promise<Phase> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-bench-'));
  const file = join(folder, 'starts.jsonl');
  writeFileSync(file, '');
  try {
    const result = await askProcess<PhaseResult>(PROCESS, { system, parameters, file } satisfies PhaseRequest);
    return { ...result, system, parameters, starts: readStarts(file) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
