import type { Decision, RunRecord } from '../../../src/index.ts';
import type { LoadParameters } from '../load.ts';

/** A scheduler under load. It runs in a separate process, whose main thread is the blocked host. */
export interface System {
  /** Starts `parameters.schedules` schedules that do the work and append it to `file`. */
  start(parameters: LoadParameters, file: string): Promise<RunningSystem>;
}

export interface RunningSystem {
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
  /** What the scheduler itself recorded, if it records anything. */
  readonly records?: readonly RunRecord[];
  readonly decisions?: readonly Decision[];
}

/** The names of the schedules. */
export function scheduleNames({ schedules }: Pick<LoadParameters, 'schedules'>): string[] {
  return Array.from({ length: schedules }, (_, index) => `schedule-${index}`);
}
