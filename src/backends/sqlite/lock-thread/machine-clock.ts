/**
 * The time by which locks in a file expire. All processes of a machine share one monotonic clock from one boot to the
 * next, and nobody can set it, so it decides for locks of the present boot. For locks of an earlier boot, and where the
 * system does not tell one boot from another, the wall clock decides.
 */
import { readFileSync } from 'node:fs';

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/** One instant by both clocks of the machine, in whole milliseconds. */
export interface MachineInstant {
  /** Empty where boots cannot be told apart. */
  readonly bootId: string;
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export interface MachineClock {
  now(): MachineInstant;
}

export const machineClock: MachineClock = {
  now: () => ({ bootId, monotonicMs: monotonicMs(), wallMs: Date.now() }),
};

const bootId = readBootId();

function readBootId(): string {
  try {
    return readFileSync(BOOT_ID_FILE, 'utf8').trim();
  } catch {
    return '';
  }
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + Math.floor(nanoseconds / 1_000_000);
}
