import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { driveLoad, type LoadFigures } from './load.ts';

/** Measurements of the host while it was under load. */
export interface PhaseFigures {
  readonly label: string;
  readonly forMs: number;
  readonly load: LoadFigures;
  /** Share of the time in which the host thread was busy, 0 to 1. */
  readonly utilization: number;
  /** How much later than requested the host's timers fired. */
  readonly delay: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
}

export interface Phase {
  readonly label: string;
  readonly url: string;
  readonly forMs: number;
}

const CLIENTS = 4;
const RESOLUTION_MS = 5;

/** Puts the host under load and measures it. An aborted signal ends the phase early. */
export async function measurePhase({ label, url, forMs }: Phase, signal: AbortSignal): Promise<PhaseFigures> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const before = performance.eventLoopUtilization();
  const fromMs = performance.now();
  delay.enable();
  const load = await driveLoad({ url, clients: CLIENTS, forMs }, signal);
  delay.disable();
  return {
    label,
    forMs: performance.now() - fromMs,
    load,
    utilization: performance.eventLoopUtilization(before).utilization,
    delay: {
      p50Ms: beyondResolution(delay.percentile(50)),
      p99Ms: beyondResolution(delay.percentile(99)),
      maxMs: beyondResolution(delay.max),
    },
  };
}

/** The histogram holds the whole time between two firings, in nanoseconds. */
function beyondResolution(intervalNs: number): number {
  return Math.max(intervalNs / 1e6 - RESOLUTION_MS, 0);
}
