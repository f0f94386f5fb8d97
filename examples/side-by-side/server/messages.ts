/** What the demonstration and the servers of its lanes say to each other. */

/** How a lane is to run. It crosses to the process as JSON on the command line. */
export interface LaneSettings {
  /** For the state of the scheduler and for logs. */
  readonly folder: string;
  readonly roundsPerMs: number;
  readonly consolePort: number;
}

export type Command =
  | { readonly do: 'block'; readonly forMs: number }
  | { readonly do: 'loop' }
  | { readonly do: 'kill-supervisor' }
  | { readonly do: 'explain'; readonly job: string; readonly atMs: number }
  | { readonly do: 'stop' };

export type Report =
  | { readonly kind: 'ready'; readonly url: string; readonly consoleUrl?: string }
  /** Of the whole process since its start, with all its threads. */
  | { readonly kind: 'usage'; readonly cpuMs: number; readonly residentMb: number }
  | { readonly kind: 'loop-ended'; readonly outcome: string; readonly tookMs: number }
  | { readonly kind: 'supervisor-replaced' }
  | { readonly kind: 'explained'; readonly text: string };

export type ReportOf<K extends Report['kind']> = Extract<Report, { readonly kind: K }>;
