/** What is measured of every system. */
export type WorkloadName = 'idle' | 'blocked80' | 'blocked100' | 'burst' | 'empty' | 'memory' | 'startUp';

export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  /** How the peer's process goes about it. */
  readonly kind: 'lateness' | 'given' | 'memory' | 'first';
  readonly schedules: number;
  /** CPU of one run. */
  readonly workMs: number;
  /** How long the host computes, and then how long its event loop turns. It never turns if `freeMs` is 0. */
  readonly busyMs: number;
  readonly freeMs: number;
}

const IDLE_HOST = { busyMs: 0, freeMs: 1 } as const;
/** As many runs are in flight by trigger as there are schedules. */
const IN_FLIGHT = 200;
/** Memory is compared with that of one schedule. */
export const MANY_SCHEDULES = 1_000;

export const WORKLOADS: readonly Workload[] = [
  { name: 'idle', title: 'host idle', kind: 'lateness', schedules: 10, workMs: 0, ...IDLE_HOST },
  {
    name: 'blocked80',
    title: 'host blocked for 207 of every 258 ms',
    kind: 'lateness',
    schedules: 10,
    workMs: 0,
    busyMs: 207,
    freeMs: 51,
  },
  {
    name: 'blocked100',
    title: 'host blocked all the time',
    kind: 'lateness',
    schedules: 10,
    workMs: 0,
    busyMs: 1,
    freeMs: 0,
  },
  { name: 'burst', title: 'runs of 20 ms CPU', kind: 'given', schedules: IN_FLIGHT, workMs: 20, ...IDLE_HOST },
  { name: 'empty', title: 'empty runs', kind: 'given', schedules: IN_FLIGHT, workMs: 0, ...IDLE_HOST },
  { name: 'memory', title: 'idle schedules', kind: 'memory', schedules: MANY_SCHEDULES, workMs: 0, ...IDLE_HOST },
  { name: 'startUp', title: 'first run', kind: 'first', schedules: 1, workMs: 0, ...IDLE_HOST },
];

/** The systems, and where they run their jobs. */
export const SYSTEMS = {
  escapement: 'threads',
  'node-cron': 'the host thread',
  'node-cron-background': 'a process a schedule',
  croner: 'the host thread',
  'node-schedule': 'the host thread',
  'toad-scheduler': 'the host thread',
  bree: 'a thread a run',
  sidequest: 'threads of a process, Postgres',
  'bullmq-threads': 'threads, Redis',
  'bullmq-processes': 'processes, Redis',
  'pg-boss': 'the host thread, Postgres',
  'graphile-worker': 'the host thread, Postgres',
  piscina: 'threads, no schedules',
} as const;

export type SystemName = keyof typeof SYSTEMS;
export const SYSTEM_NAMES = Object.keys(SYSTEMS) as SystemName[];
